import type { ServiceStarted } from '#contracts';
import type { GoneService, IndexUpdate, LoggedEvent } from '../record/changes.js';
import type { RecordedCommand } from '../record/commands/recorded-command.js';
import type { RememberedCancel } from '../record/executions/remembered-cancel.js';
import type { Stream } from '../record/streams/stream.js';
import { insertRows, timestamp, updateRows } from './rows.js';

const STREAM_COLUMNS = {
  start_number: 'integer',
  settings: 'jsonb',
  requested_by: 'text',
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

export const STREAMS = updateRows('streams', { id: 'text' }, STREAM_COLUMNS);
export const NEW_STREAMS = insertRows('streams', { id: 'text', ...STREAM_COLUMNS });

export function stream(one: Stream) {
  const { settings, wanted, state, code, reason, position, counters } = one;
  return {
    id: one.streamId,
    start_number: one.startNumber,
    settings,
    requested_by: one.requestedBy,
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

export const SERVICES = insertRows(
  'services',
  {
    instance_id: 'text',
    process_id: 'uuid',
    service: 'text',
    version: 'text',
    plugins: 'jsonb',
    started_at: 'timestamptz',
  },
  'on conflict do nothing',
);

export function service(one: ServiceStarted, nowMs: number) {
  return {
    instance_id: one.instanceId,
    process_id: one.processId,
    service: one.service,
    version: one.version,
    plugins: one.plugins,
    started_at: timestamp(nowMs),
  };
}

/** An instance is one lease channel: what its process was before is over. */
export const REPLACED_SERVICES = {
  name: 'replaced-services',
  text: `update services s set gone_at = r.started_at, gone_as = 'replaced', gone_reason = 'its process goes on as ' || r.instance_id
         from json_to_recordset($1::json) as r(instance_id text, process_id uuid, started_at timestamptz)
         where s.process_id = r.process_id and s.gone_at is null
           and split_part(s.instance_id, '.', 2)::integer < split_part(r.instance_id, '.', 2)::integer`,
};

export const GONE_SERVICES = {
  name: 'gone-services',
  text: `update services s set gone_at = r.gone_at, gone_as = r.gone_as, gone_reason = r.gone_reason
         from json_to_recordset($1::json) as r(instance_id text, gone_at timestamptz, gone_as text, gone_reason text)
         where s.instance_id = r.instance_id and s.gone_at is null`,
};

export function goneService({ instanceId, as, reason }: GoneService, nowMs: number) {
  return {
    instance_id: instanceId,
    gone_at: timestamp(nowMs),
    gone_as: as,
    gone_reason: reason,
  };
}

const COUNTERS = ['counters_seq', 'written', 'duplicates', 'rejected', 'parked'];
const BLOCK = ['block_seq', 'blocked_reason', 'blocked_since'];

/** The newest event of an instance about an index wins, counters and block each for itself. */
export const INDEXES = insertRows(
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
export function indexes(updates: readonly IndexUpdate[]): object[] {
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

export const COMMANDS = insertRows(
  'commands',
  {
    message_id: 'text',
    type: 'text',
    subject: 'text',
    body_hash: 'text',
    requested_by: 'text',
    at: 'timestamptz',
    result: 'text',
    code: 'text',
    reason: 'text',
  },
  // The same message again: a redelivery, not somebody who asks again.
  'on conflict (subject, message_id, type, body_hash) do nothing',
);

export function command(one: RecordedCommand, nowMs: number) {
  const { type, subject, result, code, reason } = one;
  return {
    message_id: one.messageId,
    type,
    subject,
    body_hash: one.bodyHash,
    requested_by: one.requestedBy,
    at: timestamp(nowMs),
    result,
    code,
    reason,
  };
}

export const CANCELS = insertRows(
  'cancels',
  { execution_id: 'uuid', requested_by: 'text', reason: 'text', at: 'timestamptz' },
  `on conflict (execution_id) do update
   set requested_by = excluded.requested_by, reason = excluded.reason, at = excluded.at`,
);

/** One row for each execution, since a statement may touch a row but once. */
export function cancels(all: readonly RememberedCancel[], nowMs: number) {
  const newest = new Map(all.map((one) => [one.executionId, one]));
  return [...newest.values()].map(({ executionId, requestedBy, reason }) => ({
    execution_id: executionId,
    requested_by: requestedBy,
    reason,
    at: timestamp(nowMs),
  }));
}

/** A redelivery changes nothing. */
export const EVENTS = insertRows(
  'events',
  {
    aggregate: 'text',
    epoch: 'integer',
    seq: 'bigint',
    type: 'text',
    at: 'timestamptz',
    superseded: 'boolean',
    body: 'jsonb',
  },
  'on conflict (aggregate, epoch, seq) do nothing',
);

export function event(one: LoggedEvent, nowMs: number) {
  return { ...one, at: timestamp(nowMs) };
}

/** The largest time that a tick carried. */
export const CLOCK = {
  name: 'clock',
  text: 'update writer set clock = $1 where clock < $1',
};
