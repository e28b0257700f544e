import { sql, type Kysely } from 'kysely';
import {
  ListServicesAnswered,
  type HeldLease,
  type ListServices,
  type ServiceItem,
  type ServiceState,
} from '#contracts';
import type { ServiceRow, Tables } from '../storage/tables.js';
import { lagOf } from '../watch/record-lag.js';
import { decodeCursor, pageOf } from './page.js';
import { time } from './time.js';

/** When the record's clock stands so long, nobody watches, and what it says about who is alive is old. */
const STALE_AFTER_MS = 15_000;

/** How long an instance that is gone without a word is shown as `lost`. */
const LOST_SHOWN_MS = 24 * 3_600_000;

const MAX_HOLDS = 1_000;

interface Row extends ServiceRow {
  readonly holds: readonly HeldLease[] | null;
}

/**
 * Answers questions about processes. Instances that ended in good order, or whose process goes on as another instance, are not
 * shown; `lost` and `stale` are worked out when asked: an instance is alive while its watcher works and has not missed it.
 */
export class ServiceReader {
  constructor(
    private readonly db: Kysely<Tables>,
    private readonly now: () => number = Date.now,
  ) {}

  /** A page of processes by service and instance, and how old what it says is. Throws `invalid-cursor`. */
  async list({ service, limit, cursor }: ListServices): Promise<ListServicesAnswered> {
    const lostSince = time(this.now() - LOST_SHOWN_MS);
    let select = this.db
      .selectFrom('services')
      .selectAll('services')
      .select(holds)
      .where((is) =>
        is.or([
          is('gone_at', 'is', null),
          is.and([is('gone_as', '=', 'lost'), is('gone_at', '>', lostSince)]),
        ]),
      )
      .orderBy('service')
      .orderBy('instance_id')
      .limit(limit + 1);
    if (service !== undefined) select = select.where('service', '=', service);
    if (cursor !== undefined) {
      const after = decodeCursor<[string, string]>(cursor, ['string', 'string']);
      select = select.where(sql<boolean>`(service, instance_id) > (${sql.join(after)})`);
    }
    // The clock first: what is read after it is no older.
    const ageMs = await this.clockAgeMs();
    const page = pageOf(
      await select.execute(),
      limit,
      (row) => this.item(row, ageMs),
      (row) => [row.service, row.instance_id],
    );
    const lag = ageMs < Infinity && { lagMs: lagOf(ageMs) };
    return Object.assign(new ListServicesAnswered(), page, lag);
  }

  /** The age of the newest tick that is recorded: everything before it in the queue is recorded as well. Infinite before the first. */
  private async clockAgeMs(): Promise<number> {
    const { clock } = await this.db.selectFrom('writer').select('clock').executeTakeFirstOrThrow();
    return clock === 0 ? Infinity : this.now() - clock;
  }

  private item(row: Row, ageMs: number): ServiceItem {
    return {
      instanceId: row.instance_id,
      processId: row.process_id,
      service: row.service,
      version: row.version,
      plugins: row.plugins,
      holds: row.holds ?? [],
      state: stateOf(row, ageMs),
    };
  }
}

function stateOf({ gone_at }: Row, ageMs: number): ServiceState {
  if (gone_at !== null) return 'lost';
  return ageMs > STALE_AFTER_MS ? 'stale' : 'alive';
}

/** What an instance holds, the oldest first, as one JSON list. */
const holds = sql<HeldLease[] | null>`(
  select json_agg(json_build_object('key', held.key, 'since', held.since))
  from (select key, floor(extract(epoch from owner_since) * 1000)::bigint as since
        from leases where owner_instance = services.instance_id
        order by owner_since limit ${sql.lit(MAX_HOLDS)}) as held
)`.as('holds');
