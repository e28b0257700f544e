import { describe, expect, it } from '@jest/globals';
import { CancelTask, ExecutionFinished, LeaseClosed } from '#contracts';
import { RecordInMemory } from '../../../testing/record-in-memory.js';
import {
  EXECUTION,
  acquire,
  chunk,
  expire,
  instance,
  release,
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
