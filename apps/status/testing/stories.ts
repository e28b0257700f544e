import fc from 'fast-check';
import {
  AcquireLease,
  CancelTask,
  LeaseExpired,
  LeaseReleased,
  PauseTask,
  ResumeTask,
  RunTask,
  StartStream,
  StatusTick,
  StopStream,
  StreamCheckpointed,
  StreamStopped,
  TargetsChanged,
  WorkOffered,
  chunkKey,
  type TargetState,
} from '#contracts';
import type { RecordMessage } from '../src/record/message.js';
import { STREAM, STREAM_KEY, hosts, instance, request, streamReport } from './messages.js';
import { RecordInMemory } from './record-in-memory.js';

/** When stories play. */
export const NOW = 1_764_000_000_000;
const IDS = [1, 2].map((n) => `0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b1${n}`);
const TARGETS = 6;
const STATES: readonly TargetState[] = ['started', 'retrying', 'succeeded', 'failed', 'lost'];

const messages = new RecordInMemory();
const id = fc.constantFrom(...IDS);
const key = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(id, fc.integer({ min: 1, max: 4 })).map((at) => chunkKey(...at)),
  },
  { weight: 1, arbitrary: fc.constant(STREAM_KEY) },
);
const epoch = fc.integer({ min: 1, max: 4 });
const seq = fc.integer({ min: 1, max: 6 });
const owner = fc.integer({ min: 1, max: 2 }).map((n) => instance(n));

const policy = fc.constantFrom(
  {},
  { batches: { sizes: [1, 2], pauseAfterCanary: true } },
  { batches: { sizes: [2] }, concurrency: 1 },
  { maxFailures: 1, batches: { sizes: [3] } },
  { startWithinMs: 5_000, executionTimeoutMs: 7_000 },
);

function say<T extends object>(...args: Parameters<typeof messages.message<T>>): RecordMessage {
  return messages.message(...args);
}

const anyMessage: fc.Arbitrary<RecordMessage> = fc.oneof(
  fc
    .record({ executionId: id, policy })
    .map((body) => say(RunTask, { ...body, plugin: 'ssh', targets: hosts(TARGETS) })),
  id.map((executionId) => say(CancelTask, { executionId })),
  id.map((executionId) => say(PauseTask, { executionId })),
  id.map((executionId) => say(ResumeTask, { executionId })),
  fc
    .record({ key, instanceId: owner, requestId: fc.integer({ min: 1, max: 3 }).map(request) })
    .map((body) => say(AcquireLease, body)),
  fc.record({ key, epoch, instanceId: owner }).map((body) => say(LeaseExpired, body)),
  fc
    .record({
      key,
      epoch,
      instanceId: owner,
      interrupted: fc.subarray(hosts(TARGETS)),
    })
    .map((body) => say(LeaseReleased, body)),
  fc.record({ key, epoch }).map((body) => say(WorkOffered, body)),
  fc
    .tuple(id, fc.integer({ min: 1, max: 4 }), epoch, seq, changes())
    .map(([executionId, n, at, number, all]) =>
      say(TargetsChanged, {
        key: chunkKey(executionId, n),
        epoch: at,
        seq: number,
        changes: all,
      }),
    ),
  fc.constantFrom('a', 'b').map((index) =>
    say(StartStream, {
      streamId: STREAM,
      url: 'https://edge-01.example.net/logs',
      format: 'ndjson',
      index,
    }),
  ),
  fc.constant(null).map(() => say(StopStream, { streamId: STREAM })),
  fc.tuple(epoch, seq).map((at) => say(StreamCheckpointed, streamReport(...at))),
  fc.tuple(epoch, seq).map((at) => say(StreamStopped, streamReport(...at, { state: 'stopped' }))),
  fc
    .integer({ min: 0, max: 20 })
    .map((seconds) =>
      say(StatusTick, { processId: instance(1).slice(0, 36), at: NOW + seconds * 1_000 }),
    ),
);

function changes() {
  const change = fc.record({
    target: fc.constantFrom(...hosts(TARGETS)),
    state: fc.constantFrom(...STATES),
    attempt: fc.integer({ min: 1, max: 3 }),
  });
  return fc.array(change, { minLength: 1, maxLength: 4 });
}

/** Batches of messages about two executions and a stream, sensible or not, in any order. */
export const story: fc.Arbitrary<RecordMessage[][]> = fc.array(
  fc.array(anyMessage, { minLength: 1, maxLength: 8 }),
  {
    minLength: 1,
    maxLength: 12,
  },
);
