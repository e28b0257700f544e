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
  type Contract,
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
const PROCESS = instance(1).slice(0, 36);

const messages = new RecordInMemory();

// Mostly what is likely to count, sometimes what is not.
const mostlyOne = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 2, arbitrary: fc.integer({ min: 2, max: 4 }) },
);
const id = fc.constantFrom(...IDS);
const chunk = fc.tuple(id, mostlyOne).map(([executionId, n]) => chunkKey(executionId, n));
const key = fc.oneof(
  { weight: 4, arbitrary: chunk },
  { weight: 1, arbitrary: fc.constant(STREAM_KEY) },
);
const seq = fc.integer({ min: 1, max: 12 });
const owner = fc.integer({ min: 1, max: 2 }).map((n) => instance(n));
const requestId = fc.integer({ min: 1, max: 3 }).map(request);

const policy = fc.constantFrom(
  {},
  { batches: { sizes: [1, 2], pauseAfterCanary: true } },
  { batches: { sizes: [2] }, concurrency: 1 },
  { maxFailures: 1, batches: { sizes: [3] } },
  { startWithinMs: 5_000, executionTimeoutMs: 7_000 },
);

const changes = fc.array(
  fc.record({
    target: fc.constantFrom(...hosts(TARGETS)),
    state: fc.constantFrom(...STATES),
    attempt: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 4 },
);

const run = fc.record({
  executionId: id,
  policy,
  plugin: fc.constant('ssh'),
  targets: fc.constant(hosts(TARGETS)),
});
const start = fc.record({
  streamId: fc.constant(STREAM),
  url: fc.constant('https://edge-01.example.net/logs'),
  format: fc.constant('ndjson'),
  index: fc.constantFrom('a', 'b'),
});
const report = fc.tuple(mostlyOne, seq);
const seconds = fc.integer({ min: 0, max: 20 });

const anyMessage: fc.Arbitrary<RecordMessage> = fc.oneof(
  say(4, RunTask, run),
  say(1, CancelTask, fc.record({ executionId: id })),
  say(1, PauseTask, fc.record({ executionId: id })),
  say(1, ResumeTask, fc.record({ executionId: id })),
  say(4, AcquireLease, fc.record({ key, instanceId: owner, requestId })),
  say(2, LeaseExpired, fc.record({ key, epoch: mostlyOne, instanceId: owner })),
  say(
    2,
    LeaseReleased,
    fc.record({
      key,
      epoch: mostlyOne,
      instanceId: owner,
      interrupted: fc.subarray(hosts(TARGETS)),
    }),
  ),
  say(1, WorkOffered, fc.record({ key, epoch: mostlyOne })),
  say(10, TargetsChanged, fc.record({ key: chunk, epoch: mostlyOne, seq, changes })),
  say(1, StartStream, start),
  say(1, StopStream, fc.constant({ streamId: STREAM })),
  say(
    1,
    StreamCheckpointed,
    report.map((at) => streamReport(...at)),
  ),
  say(
    1,
    StreamStopped,
    report.map((at) => streamReport(...at, { state: 'stopped' })),
  ),
  say(
    1,
    StatusTick,
    seconds.map((after) => ({ processId: PROCESS, at: NOW + after * 1_000 })),
  ),
);

/** Batches of messages about two executions and a stream, sensible or not, in any order. */
export const story: fc.Arbitrary<RecordMessage[][]> = fc.array(
  fc.array(anyMessage, { minLength: 1, maxLength: 8 }),
  { minLength: 1, maxLength: 12 },
);

function say(weight: number, contract: Contract, body: fc.Arbitrary<object>) {
  return { weight, arbitrary: body.map((fields) => messages.message(contract, fields)) };
}
