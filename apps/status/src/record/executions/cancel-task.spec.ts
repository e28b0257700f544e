import { describe, expect, it } from '@jest/globals';
import { CancelTask, ExecutionFinished, LeaseClosed, RunTask, TargetsChanged } from '#contracts';
import { RecordInMemory } from '../../../testing/record-in-memory.js';
import {
  EXECUTION,
  acquire,
  chunk,
  expire,
  instance,
  release,
  report,
  run,
  targetsChanged,
} from '../../../testing/messages.js';

function cancel(record: RecordInMemory) {
  return record.tell(CancelTask, { executionId: EXECUTION });
}

describe('S6: task.cancel', () => {
  it('of a queued execution ends it at once, though it has a quarter of a million targets', () => {
    const record = new RecordInMemory();
    run(record, 5_000);
    const { announcements, ended } = cancel(record);
    expect(announcements).toMatchObject([
      { contract: ExecutionFinished, body: { outcome: 'cancelled', counts: { cancelled: 5_000 } } },
    ]);
    expect(ended.map(({ first, last }) => [first, last])).toEqual([
      [501, 5_000],
      [1, 500],
    ]);
    expect(record.set.changes.targets.size).toBe(0);
    expect(acquire(record, chunk(1)).replies).toMatchObject([{ contract: LeaseClosed }]);
  });

  it('marks the chunks that somebody owns; their last outcome ends the execution', () => {
    const record = new RecordInMemory();
    run(record, 2);
    acquire(record, chunk(1));
    expect(cancel(record).announcements).toEqual([]);
    expect(record.lease(chunk(1))).toMatchObject({
      closed: false,
      mark: { outcome: 'cancelled', finishRunning: false },
    });
    const told = targetsChanged(record, chunk(1), 1, 1, {
      'host-1': 'succeeded',
      'host-2': 'cancelled',
    });
    expect(told.announcements).toMatchObject([{ body: { outcome: 'cancelled' } }]);
  });

  it.each(['expired', 'released'] as const)(
    'closes a marked chunk when its owner is gone (%s)',
    (how) => {
      const record = new RecordInMemory();
      run(record, 2);
      acquire(record, chunk(1));
      cancel(record);
      if (how === 'expired') expire(record, chunk(1), 1, instance(1));
      else release(record, chunk(1), 1, instance(1));
      expect(record.execution(EXECUTION).outcome).toBe('cancelled');
      expect(record.counts(EXECUTION)).toMatchObject({ cancelled: 2 });
    },
  );

  it('of an execution that has ended changes nothing', () => {
    const record = new RecordInMemory();
    run(record, 1);
    acquire(record, chunk(1));
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'succeeded' });
    expect(cancel(record).announcements).toEqual([]);
    expect(record.execution(EXECUTION)).toMatchObject({ outcome: 'succeeded', code: null });
  });

  it('replaces a mark that lets the running finish', () => {
    const record = new RecordInMemory();
    run(record, 3, { maxFailures: 0 });
    acquire(record, chunk(1));
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'started' });
    targetsChanged(record, chunk(1), 1, 2, { 'host-2': 'failed' });
    expect(record.lease(chunk(1)).mark?.code).toBe('max-failures');
    cancel(record);
    expect(record.lease(chunk(1)).mark).toMatchObject({ code: 'cancelled', finishRunning: false });
    expire(record, chunk(1), 1, instance(1));
    expect(record.counts(EXECUTION)).toMatchObject({ cancelled: 2, failed: 1, lost: 0 });
  });
});

describe('S1: a task.cancel in one batch with outcomes', () => {
  function batchOf(record: RecordInMemory, ...order: readonly ('cancel' | 'outcomes')[]) {
    const outcomes = { 'host-1': 'succeeded', 'host-2': 'succeeded' } as const;
    return record.apply(
      ...order.map((what) =>
        what === 'cancel'
          ? record.message(CancelTask, { executionId: EXECUTION, reason: 'enough' })
          : record.message(TargetsChanged, report(chunk(1), 1, 1, outcomes)),
      ),
    );
  }

  function owned(): RecordInMemory {
    const record = new RecordInMemory();
    run(record, 2);
    acquire(record, chunk(1));
    return record;
  }

  it('counts when it came before the last of them, as it would in a batch of its own', () => {
    const record = owned();
    expect(batchOf(record, 'cancel', 'outcomes').announcements).toMatchObject([
      { body: { outcome: 'cancelled', code: 'cancelled', counts: { succeeded: 2 } } },
    ]);
    expect(record.execution(EXECUTION).reason).toBe('enough');
  });

  it('changes nothing when it came after the last of them', () => {
    const record = owned();
    batchOf(record, 'outcomes', 'cancel');
    expect(record.execution(EXECUTION)).toMatchObject({ outcome: 'succeeded', code: null });
  });

  it('ends what was asked for in that batch too', () => {
    const record = new RecordInMemory();
    const task = { executionId: EXECUTION, plugin: 'ssh', targets: ['host-1'] };
    record.apply(
      record.message(RunTask, task),
      record.message(CancelTask, { executionId: EXECUTION }),
    );
    expect(record.execution(EXECUTION).outcome).toBe('cancelled');
  });
});

describe('outcomes that a mark gave, though the record has no such mark yet', () => {
  it('`cancelled`, after the broadcast: the execution was cancelled', () => {
    const record = new RecordInMemory();
    run(record, 2);
    acquire(record, chunk(1));
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'succeeded', 'host-2': 'cancelled' });
    expect(record.execution(EXECUTION)).toMatchObject({ outcome: 'cancelled', code: 'cancelled' });
    expect(cancel(record).announcements).toEqual([]);
  });

  it('`timed-out` by the clock of the owner: the whole execution is over, wherever it runs', () => {
    const record = new RecordInMemory();
    run(record, 600, { concurrency: 1_000, executionTimeoutMs: 60_000 });
    acquire(record, chunk(1));
    const late = { state: 'timed-out', code: 'execution-timeout', attempt: 0 };
    const changes = [{ target: 'host-1', ...late }];
    record.tell(TargetsChanged, { key: chunk(1), epoch: 1, seq: 1, changes });
    expect(record.lease(chunk(1)).mark).toMatchObject({ code: 'execution-timeout' });
    expect(record.lease(chunk(2))).toMatchObject({ closed: true });
    const rest = Array.from({ length: 499 }, (_, n) => ({ target: `host-${n + 2}`, ...late }));
    record.tell(TargetsChanged, { key: chunk(1), epoch: 1, seq: 2, changes: rest });
    expect(record.execution(EXECUTION)).toMatchObject({
      outcome: 'timed-out',
      code: 'execution-timeout',
    });
    expect(record.counts(EXECUTION)).toMatchObject({ timedOut: 600 });
  });

  it('`timed-out` of one attempt says nothing of the others', () => {
    const record = new RecordInMemory();
    run(record, 2, { executionTimeoutMs: 60_000 });
    acquire(record, chunk(1));
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'timed-out' });
    expect(record.lease(chunk(1)).mark).toBeNull();
  });
});
