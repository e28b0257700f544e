import type { Stream } from '../../record/streams/stream.js';
import type { WorkingSet } from '../../record/working-set.js';
import { SELECTED_LEASE_COLUMNS, leaseOf, type LeaseRow } from './lease-rows.js';
import { insertRows, timestamp, updateRows } from './row-statement.js';

export const SELECT_STREAMS = {
  name: 'streams',
  text: `select ${SELECTED_LEASE_COLUMNS}, s.id, s.start_number, s.settings, s.requested_by, s.traceparent, s.wanted, s.index_from, s.index_to,
                s.state, s.code, s.reason, s.position, s.counters, s.counters_before, s.event_epoch, s.event_seq,
                s.changed_at
         from leases l join streams s on s.id = l.stream_id
         where l.key = any($1::text[])`,
};

type StreamRow = LeaseRow &
  Pick<
    Stream,
    'settings' | 'traceparent' | 'wanted' | 'state' | 'code' | 'reason' | 'position' | 'counters'
  > & {
    id: string;
    requested_by: string;
    counters_before: Stream['counters'];
  } & Record<
    'start_number' | 'index_from' | 'index_to' | 'event_epoch' | 'event_seq' | 'changed_at',
    number
  >;

export function takeStream(set: WorkingSet, row: StreamRow): void {
  const { id: streamId, settings, traceparent, wanted, state, code, reason, position } = row;
  set.addLease({
    kind: 'stream',
    ...leaseOf(row),
    streamId,
    startNumber: row.start_number,
    settings,
    requestedBy: row.requested_by,
    traceparent,
    wanted,
    bounds: { from: row.index_from, to: row.index_to },
    state,
    code,
    reason,
    position,
    counters: row.counters,
    countersBefore: row.counters_before,
    eventEpoch: row.event_epoch,
    eventSeq: row.event_seq,
    changedAtMs: row.changed_at,
  });
}

const STREAM_COLUMNS = {
  start_number: 'integer',
  settings: 'jsonb',
  requested_by: 'text',
  traceparent: 'text',
  wanted: 'boolean',
  index_from: 'timestamptz',
  index_to: 'timestamptz',
  state: 'text',
  code: 'text',
  reason: 'text',
  position: 'jsonb',
  counters: 'jsonb',
  counters_before: 'jsonb',
  event_epoch: 'integer',
  event_seq: 'bigint',
  changed_at: 'timestamptz',
};

export const UPDATE_STREAMS = updateRows('streams', { id: 'text' }, STREAM_COLUMNS);
export const INSERT_STREAMS = insertRows('streams', { id: 'text', ...STREAM_COLUMNS });

export function streamRow(one: Stream) {
  const { settings, traceparent, wanted, state, code, reason, position, counters } = one;
  return {
    id: one.streamId,
    start_number: one.startNumber,
    settings,
    requested_by: one.requestedBy,
    traceparent,
    wanted,
    index_from: timestamp(one.bounds.from),
    index_to: timestamp(one.bounds.to),
    state,
    code,
    reason,
    position,
    counters,
    counters_before: one.countersBefore,
    event_epoch: one.eventEpoch,
    event_seq: one.eventSeq,
    changed_at: timestamp(one.changedAtMs),
  };
}
