import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
import {
  STREAM_KEY,
  STREAM,
  hosts,
  instance,
  request,
  streamReport,
} from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import type { RecordMessage } from '../record/message.js';

const NOW = 1_764_000_000_000;
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

const story = fc.array(fc.array(anyMessage, { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 12,
});

describe('a record that is read and written batch by batch', () => {
  let record: RecordOnPostgres;

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
  });
  afterAll(() => record.drop());

  it('is the record that never left memory', async () => {
    const agreement = fc.asyncProperty(story, async (batches) => {
      await record.clear();
      const memory = new RecordInMemory();
      memory.nowMs = NOW;
      for (const batch of batches) {
        const expected = memory.apply(...batch);
        const { effects } = await record.apply(NOW, ...batch);
        expect(effects.replies).toEqual(expected.replies);
        expect(effects.announcements).toEqual(expected.announcements);
        expect(effects.superseded).toBe(expected.superseded);
      }
      expect(await stored(record)).toEqual(remembered(memory));
    });
    await fc.assert(agreement, { numRuns: 80 });
  }, 120_000);
});

/** The record as its tables show it to readers. */
async function stored(record: RecordOnPostgres) {
  const executions = await record.rows(
    'select id, state, paused, batch, code, succeeded, failed, cancelled, lost, skipped from executions order by id',
  );
  const leases = await record.rows(
    `select key, epoch, owner_instance as owner, due_at is not null as due, mark->>'code' as mark, revoked, closed,
            takeovers, open, attempted from leases order by key`,
  );
  const ended = await record.rows(
    `select execution_id as id, outcome, count(*) as targets from target_states
     where outcome is not null group by 1, 2 order by 1, 2`,
  );
  const streams = await record.rows(
    `select start_number, wanted, state, settings->>'index' as index, event_epoch, event_seq from streams`,
  );
  return { executions, leases, ended, streams };
}

/** The same, from memory. */
function remembered({ set }: RecordInMemory) {
  const byKey = <T extends { readonly key: string }>(a: T, b: T) => (a.key < b.key ? -1 : 1);
  const all = [...set.executions.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const executions = all.map(({ id: executionId, counts, ...one }) => ({
    id: executionId,
    state: one.outcome ?? (one.paused ? 'paused' : one.startedAtMs === null ? 'queued' : 'running'),
    paused: one.paused,
    batch: one.batch,
    code: one.code,
    succeeded: counts.succeeded,
    failed: counts.failed,
    cancelled: counts.cancelled,
    lost: counts.lost,
    skipped: counts.skipped,
  }));
  const leases = [...set.leases.values()].toSorted(byKey).map((lease) => ({
    key: lease.key,
    epoch: lease.epoch,
    owner: lease.owner?.instanceId ?? null,
    due: lease.due,
    mark: lease.mark?.code ?? null,
    revoked: lease.revoked,
    closed: lease.closed,
    takeovers: lease.takeovers,
    open: lease.kind === 'chunk' ? lease.open : null,
    attempted: lease.kind === 'chunk' ? lease.attempted : null,
  }));
  const ended = all.flatMap(({ id: executionId, counts }) =>
    Object.entries(counts)
      .filter(([, targets]) => targets > 0)
      .map(([outcome, targets]) => ({ id: executionId, outcome, targets }))
      .toSorted((a, b) => (a.outcome < b.outcome ? -1 : 1)),
  );
  const streams = [...set.leases.values()].flatMap((lease) =>
    lease.kind === 'stream'
      ? {
          start_number: lease.startNumber,
          wanted: lease.wanted,
          state: lease.state,
          index: lease.settings.index,
          event_epoch: lease.eventEpoch,
          event_seq: lease.eventSeq,
        }
      : [],
  );
  return { executions, leases, ended, streams };
}
