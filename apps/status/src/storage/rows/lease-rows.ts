import type { Chunk } from '../../record/executions/chunk.js';
import type { Lease } from '../../record/leases/lease.js';
import type { Stream } from '../../record/streams/stream.js';
import type { WorkingSet } from '../../record/working-set.js';
import { insertComputed, timestamp, updateRows } from './row-statement.js';

/** What a lease is read from; `l` is its row. */
export const SELECTED_LEASE_COLUMNS = `l.key, l.epoch, l.owner_instance, l.owner_request, l.owner_since, l.due_at is not null as due,
  l.mark, l.revoked, l.closed, l.ending, l.closed_at, l.takeovers`;

export type LeaseRow = Pick<
  Lease,
  'key' | 'epoch' | 'due' | 'mark' | 'revoked' | 'closed' | 'ending' | 'takeovers'
> & {
  owner_instance: string | null;
  owner_request: string | null;
  owner_since: number | null;
  closed_at: number | null;
};

export function leaseOf(row: LeaseRow): Lease {
  const { key, epoch, due, mark, revoked, closed, ending, takeovers } = row;
  const { owner_instance: instanceId, owner_request: requestId, owner_since: sinceMs } = row;
  const owner =
    instanceId === null || requestId === null || sinceMs === null
      ? null
      : { instanceId, requestId, sinceMs };
  const closedAtMs = row.closed_at;
  return { key, epoch, owner, due, mark, revoked, closed, ending, closedAtMs, takeovers };
}

export const SELECT_CHUNKS = {
  name: 'chunks',
  text: `select ${SELECTED_LEASE_COLUMNS}, l.execution_id, l.n, l.batch, l.first, l.size, l.open, l.attempted, l.concurrency
         from leases l
         where l.execution_id is not null
           and ((l.execution_id = any($1::uuid[]) and not l.closed) or l.key = any($2::text[]))
         order by l.execution_id, l.n`,
};

type ChunkRow = LeaseRow &
  Pick<Chunk, 'n' | 'batch' | 'first' | 'size' | 'open' | 'attempted' | 'concurrency'> & {
    execution_id: string;
  };

export function takeChunk(set: WorkingSet, row: ChunkRow): void {
  const { execution_id: executionId, n, batch, first, size, open, attempted, concurrency } = row;
  set.addLease({
    kind: 'chunk',
    ...leaseOf(row),
    executionId,
    n,
    batch,
    first,
    size,
    open,
    attempted,
    concurrency,
  });
}

const LEASE_COLUMNS = {
  epoch: 'integer',
  owner_instance: 'text',
  owner_request: 'text',
  owner_since: 'timestamptz',
  mark: 'jsonb',
  revoked: 'boolean',
  closed: 'boolean',
  ending: 'jsonb',
  closed_at: 'timestamptz',
  takeovers: 'integer',
  open: 'integer',
  attempted: 'integer',
  concurrency: 'integer',
};

/** The dispatcher compares `due_at` with the database's clock, so that clock sets it. */
export const INSERT_LEASES = insertComputed(
  'leases',
  {
    key: 'text',
    execution_id: 'uuid',
    n: 'integer',
    batch: 'integer',
    first: 'integer',
    size: 'integer',
    stream_id: 'text',
    ...LEASE_COLUMNS,
  },
  { due_at: 'case when r.due then now() end' },
  { due: 'boolean' },
);

/** `due` says whether to make it due or not; without it the dispatcher's word stands. */
export const UPDATE_LEASES = updateRows(
  'leases',
  { key: 'text' },
  { ...LEASE_COLUMNS, due: 'boolean' },
  { due: 'due_at = case when r.due then now() when not r.due then null else t.due_at end' },
);

export function leaseRow(one: Chunk | Stream, withDue: boolean) {
  const { key, epoch, owner, mark, revoked, closed, ending, closedAtMs, takeovers, due } = one;
  return {
    key,
    epoch,
    owner_instance: owner?.instanceId ?? null,
    owner_request: owner?.requestId ?? null,
    owner_since: timestamp(owner?.sinceMs),
    mark,
    revoked,
    closed,
    ending,
    closed_at: timestamp(closedAtMs),
    takeovers,
    ...(one.kind === 'chunk' && {
      open: one.open,
      attempted: one.attempted,
      concurrency: one.concurrency,
    }),
    ...(withDue && { due }),
  };
}

export function newLeaseRow(one: Chunk | Stream) {
  return {
    ...leaseRow(one, true),
    ...(one.kind === 'chunk'
      ? {
          execution_id: one.executionId,
          n: one.n,
          batch: one.batch,
          first: one.first,
          size: one.size,
        }
      : { stream_id: one.streamId }),
  };
}
