import {
  AcquireLease,
  LeaseExpired,
  LeaseReleased,
  RunTask,
  StartStream,
  StreamStopped,
  TargetsChanged,
  type TargetState,
} from '#contracts';
import type { RecordInMemory, Told } from './record-in-memory.js';

export const EXECUTION = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11';
export const STREAM = 'edge-access';
export const STREAM_KEY = `stream/${STREAM}`;

const RUNNERS = '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e';

/** An instance: the n-th lease channel of a process. */
export function instance(process: number, n = 1): string {
  return `${RUNNERS}${process}.${n}`;
}

/** A request id; the same number is the same id. */
export function request(number: number): string {
  return `9a8c2b1e-5f64-4f0e-9d53-${String(number).padStart(12, '0')}`;
}

export function chunk(n: number): string {
  return `chunk/${EXECUTION}/${n}`;
}

export function hosts(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `host-${at + 1}`);
}

export function run(record: RecordInMemory, targets: number, policy: object = {}): Told {
  return record.tell(RunTask, {
    executionId: EXECUTION,
    plugin: 'ssh',
    args: { command: 'uptime' },
    targets: hosts(targets),
    policy,
  });
}

export function acquire(
  record: RecordInMemory,
  key: string,
  owner: string = instance(1),
  requestId: string = request(1),
): Told {
  return record.tell(AcquireLease, { key, instanceId: owner, requestId });
}

/** A report about targets: `{ 'host-1': 'started' }`. */
export function report(
  key: string,
  epoch: number,
  seq: number,
  states: Readonly<Record<string, TargetState>>,
  attempt = 1,
) {
  const changes = Object.entries(states).map(([target, state]) => ({ target, state, attempt }));
  return { key, epoch, seq, changes };
}

export function targetsChanged(
  record: RecordInMemory,
  ...[key, epoch, seq, states, attempt]: Parameters<typeof report>
): Told {
  return record.tell(TargetsChanged, report(key, epoch, seq, states, attempt));
}

export function expire(record: RecordInMemory, key: string, epoch: number, owner: string): Told {
  return record.tell(LeaseExpired, { key, epoch, instanceId: owner });
}

export function release(
  record: RecordInMemory,
  key: string,
  epoch: number,
  owner: string,
  interrupted: readonly string[] = [],
): Told {
  return record.tell(LeaseReleased, { key, epoch, instanceId: owner, interrupted });
}

export function start(record: RecordInMemory, settings: object = {}, envelope: object = {}): Told {
  const body = {
    streamId: STREAM,
    url: 'https://edge-01.example.net/logs',
    format: 'ndjson',
    index: 'edge-access',
    ...settings,
  };
  return record.tell(StartStream, body, envelope);
}

export function streamReport(epoch: number, seq: number, fields: object = {}) {
  return {
    key: STREAM_KEY,
    epoch,
    seq,
    state: 'streaming',
    counters: { documents: 10, bytes: 1_000, reconnects: 0, rejected: 0 },
    ...fields,
  };
}

export function streamStopped(record: RecordInMemory, epoch: number, seq: number): Told {
  return record.tell(StreamStopped, streamReport(epoch, seq, { state: 'stopped' }));
}
