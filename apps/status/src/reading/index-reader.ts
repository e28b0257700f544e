import { sql, type Kysely } from 'kysely';
import { ListIndicesAnswered, type IndexSummary, type ListIndices } from '#contracts';
import type { Tables } from '../storage/tables.js';
import { decodeCursor, pageOf } from './page.js';

interface Row {
  readonly name: string;
  readonly written: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly parked: number;
  readonly reason: string | null;
  readonly since: number | null;
  readonly instance_id: string | null;
}

/**
 * Answers questions about indices, put together from what every indexer says. What an indexer counted stays; what it calls blocked
 * is so no longer than its process lives: the documents are with another one then, which meets the block itself.
 */
export class IndexReader {
  constructor(private readonly db: Kysely<Tables>) {}

  /** A page of indices in the order of their names. Throws `invalid-cursor`. */
  async list({ state, limit, cursor }: ListIndices): Promise<ListIndicesAnswered> {
    let select = this.summaries()
      .orderBy('name')
      .limit(limit + 1);
    if (state !== undefined) {
      select = select.having(since, state === 'blocked' ? 'is not' : 'is', null);
    }
    if (cursor !== undefined) {
      const [name] = decodeCursor<[string]>(cursor, ['string']);
      select = select.where('name', '>', name);
    }
    const page = pageOf(await select.execute(), limit, summaryOf, ({ name }) => [name]);
    return Object.assign(new ListIndicesAnswered(), page);
  }

  private summaries() {
    return this.db
      .with('ended', (db) =>
        db
          .selectFrom('services')
          .select('process_id')
          .groupBy('process_id')
          .having(sql<boolean>`bool_and(gone_at is not null)`),
      )
      .selectFrom('indexes')
      .leftJoin('ended', (join) =>
        join.on(sql<boolean>`ended.process_id = split_part(instance_id, '.', 1)::uuid`),
      )
      .groupBy('name')
      .select([
        'name',
        sum('written'),
        sum('duplicates'),
        sum('rejected'),
        sum('parked'),
        since.as('since'),
        ofOldestBlock('blocked_reason').as('reason'),
        ofOldestBlock('instance_id').as('instance_id'),
      ]);
  }
}

function sum<C extends 'written' | 'duplicates' | 'rejected' | 'parked'>(column: C) {
  return sql<number>`coalesce(sum(${sql.ref(column)}), 0)::bigint`.as(column);
}

const isBlock = sql`blocked_since is not null and ended.process_id is null`;

const since = sql<number | null>`min(blocked_since) filter (where ${isBlock})`;

function ofOldestBlock(column: 'blocked_reason' | 'instance_id') {
  return sql<
    string | null
  >`(array_agg(${sql.ref(column)} order by blocked_since, instance_id) filter (where ${isBlock}))[1]`;
}

function summaryOf(row: Row): IndexSummary {
  const { name: index, reason, since: blockedSince, instance_id: instanceId } = row;
  const { written, duplicates, rejected, parked } = row;
  return {
    index,
    state: blockedSince === null ? 'open' : 'blocked',
    ...(reason !== null && { reason }),
    ...(blockedSince !== null && { since: blockedSince }),
    ...(instanceId !== null && { instanceId }),
    written,
    duplicates,
    rejected,
    parked,
  };
}
