import type { IndexUpdate } from '../../record/changes.js';
import { insertRows, timestamp } from './row-statement.js';

const COUNTERS = ['counters_seq', 'written', 'duplicates', 'rejected', 'parked'];
const BLOCK = ['block_seq', 'blocked_reason', 'blocked_since'];

/** The newest event of an instance about an index wins, counters and block each for itself. */
export const UPSERT_INDEXES = insertRows(
  'indexes as i',
  {
    name: 'text',
    instance_id: 'text',
    counters_seq: 'bigint',
    written: 'bigint',
    duplicates: 'bigint',
    rejected: 'bigint',
    parked: 'bigint',
    block_seq: 'bigint',
    blocked_reason: 'text',
    blocked_since: 'timestamptz',
  },
  `on conflict (name, instance_id) do update
   set ${[...whereNewer('counters_seq', COUNTERS), ...whereNewer('block_seq', BLOCK)].join(', ')}`,
);

function whereNewer(seq: string, columns: readonly string[]): string[] {
  return columns.map(
    (column) =>
      `${column} = case when excluded.${seq} > i.${seq} then excluded.${column} else i.${column} end`,
  );
}

/** One row for each index and instance, since a statement may touch a row but once. */
export function indexRows(updates: readonly IndexUpdate[]): object[] {
  const rows = new Map<string, ReturnType<typeof emptyIndex>>();
  for (const update of updates) {
    const { name, instanceId, seq, counters, blocked } = update;
    const key = `${name}\n${instanceId}`;
    const row = rows.get(key) ?? emptyIndex(update);
    if (counters && seq > row.counters_seq) {
      Object.assign(row, counters, { counters_seq: seq });
    }
    if (blocked !== undefined && seq > row.block_seq) {
      row.block_seq = seq;
      row.blocked_reason = blocked?.reason ?? null;
      row.blocked_since = timestamp(blocked?.sinceMs);
    }
    rows.set(key, row);
  }
  return [...rows.values()];
}

function emptyIndex({ name, instanceId }: IndexUpdate) {
  return {
    name,
    instance_id: instanceId,
    counters_seq: 0,
    block_seq: 0,
    blocked_reason: null as string | null,
    blocked_since: null as string | null,
  };
}
