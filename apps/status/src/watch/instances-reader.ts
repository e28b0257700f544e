import type { LeaseMark, LeaseState } from '#contracts';
import type { Pool } from 'pg';

/** What the record says about an instance that is to be watched. */
export interface WatchedInstance {
  readonly instanceId: string;
  /** What it owns. */
  readonly leases: readonly LeaseState[];
}

interface Row {
  readonly instance_id: string;
  readonly key: string | null;
  readonly epoch: number;
  readonly mark: LeaseMark | null;
  readonly revoked: boolean;
  readonly paused: boolean | null;
}

const SELECT_LEASES = `select l.owner_instance as instance_id, l.key, l.epoch, l.mark, l.revoked, e.paused
  from leases l left join executions e on e.id = l.execution_id`;

/** Looks up whom the record believes to be alive, and what they own. */
export class InstancesReader {
  constructor(private readonly pool: Pool) {}

  /** Every instance that owns a lease, and every other that is known (S9). */
  async all(): Promise<WatchedInstance[]> {
    const { rows } = await this.pool.query<Row>({
      name: 'watched-instances',
      text: `${SELECT_LEASES} where l.owner_instance is not null
             union all
             select instance_id, null, 0, null, false, false from services where gone_at is null`,
    });
    const leases = new Map<string, LeaseState[]>();
    for (const row of rows) {
      const held = leases.get(row.instance_id) ?? [];
      leases.set(row.instance_id, held);
      if (row.key !== null) held.push(leaseState(row.key, row));
    }
    return [...leases].map(([instanceId, held]) => ({ instanceId, leases: held }));
  }

  /** What the record gives an instance now. */
  async leasesOf(instanceId: string): Promise<LeaseState[]> {
    const { rows } = await this.pool.query<Row & { readonly key: string }>({
      name: 'leases-of-instance',
      text: `${SELECT_LEASES} where l.owner_instance = $1`,
      values: [instanceId],
    });
    return rows.map((row) => leaseState(row.key, row));
  }
}

function leaseState(key: string, { epoch, mark, revoked, paused }: Row): LeaseState {
  return { key, epoch, cancelled: mark, revoked, paused: paused === true };
}
