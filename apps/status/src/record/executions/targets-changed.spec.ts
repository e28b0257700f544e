import { describe, expect, it } from '@jest/globals';
import { ExecutionFinished, TargetsChanged } from '#contracts';
import { RecordInMemory } from '../../../testing/record-in-memory.js';
import {
  EXECUTION,
  acquire,
  chunk,
  expire,
  instance,
  report,
  request,
  run,
  targetsChanged,
} from '../../../testing/messages.js';

function running(targets: number, policy: object = {}): RecordInMemory {
  const record = new RecordInMemory();
  run(record, targets, policy);
  record.dispatch();
  acquire(record, chunk(1));
  return record;
}

describe('S5: targets.changed', () => {
  it('closes the chunk with the last outcome, and the execution with its last chunk', () => {
    const record = running(2);
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'started', 'host-2': 'started' });
    expect(record.counts(EXECUTION)).toMatchObject({ waiting: 0, running: 2 });
    targetsChanged(record, chunk(1), 1, 2, { 'host-1': 'succeeded' });
    expect(record.lease(chunk(1)).closed).toBe(false);
    const { announcements } = targetsChanged(record, chunk(1), 1, 3, { 'host-2': 'failed' });
    expect(record.lease(chunk(1))).toMatchObject({ closed: true, owner: null, ending: null });
    expect(announcements).toMatchObject([
      {
        contract: ExecutionFinished,
        body: {
          executionId: EXECUTION,
          outcome: 'failed',
          counts: { total: 2, succeeded: 1, failed: 1, waiting: 0, running: 0 },
        },
      },
    ]);
  });

  it('succeeds when every target did', () => {
    const record = running(1);
    const { announcements } = targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'succeeded' });
    expect(announcements).toMatchObject([{ body: { outcome: 'succeeded' } }]);
  });

  it('of a former owner is counted and changes nothing', () => {
    const record = running(1);
    expire(record, chunk(1), 1, instance(1));
    const { superseded } = targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'succeeded' });
    expect(superseded).toBe(1);
    expect(record.counts(EXECUTION)).toMatchObject({ waiting: 1, succeeded: 0 });
    expect(record.lease(chunk(1))).toMatchObject({ epoch: 2, closed: false });
  });

  it('of a closed chunk is counted and changes nothing', () => {
    const record = running(1);
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'succeeded' });
    const late = targetsChanged(record, chunk(1), 1, 2, { 'host-1': 'failed' });
    expect(late).toMatchObject({ superseded: 1, announcements: [] });
    expect(record.counts(EXECUTION)).toMatchObject({ succeeded: 1, failed: 0 });
  });

  it('sets an outcome once', () => {
    const record = running(2);
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'succeeded' });
    targetsChanged(record, chunk(1), 1, 2, { 'host-1': 'failed' });
    expect(record.set.target(EXECUTION, 'host-1')?.outcome).toBe('succeeded');
    expect(record.counts(EXECUTION)).toMatchObject({ succeeded: 1, failed: 0 });
  });

  it('that comes twice, or late, does not turn a target back', () => {
    const record = running(2);
    const events = [
      report(chunk(1), 1, 1, { 'host-1': 'started', 'host-2': 'started' }),
      report(chunk(1), 1, 2, { 'host-1': 'retrying' }),
      report(chunk(1), 1, 3, { 'host-1': 'started' }, 2),
    ];
    for (const event of [...events, ...events]) record.tell(TargetsChanged, event);
    expect(record.set.target(EXECUTION, 'host-1')).toMatchObject({
      attempt: 2,
      change: { state: 'started', attempt: 2 },
    });
    expect(record.counts(EXECUTION)).toMatchObject({ running: 2, waiting: 0 });
  });

  it('carries several states of a target in order', () => {
    const record = running(2);
    const changes = [
      { target: 'host-1', state: 'started', attempt: 1 },
      { target: 'host-1', state: 'succeeded', attempt: 1 },
    ];
    record.tell(TargetsChanged, { key: chunk(1), epoch: 1, seq: 1, changes });
    expect(record.counts(EXECUTION)).toMatchObject({ succeeded: 1, running: 0, waiting: 1 });
  });

  it('about targets of another chunk, or of none, changes nothing', () => {
    const record = running(600, { concurrency: 2 });
    targetsChanged(record, chunk(1), 1, 1, { 'host-501': 'succeeded', nowhere: 'succeeded' });
    expect(record.counts(EXECUTION)).toMatchObject({ waiting: 600, succeeded: 0 });
  });

  it('ends what has not started when more targets failed than allowed', () => {
    const record = running(1_000, { concurrency: 10, maxFailures: 2 });
    targetsChanged(record, chunk(1), 1, 1, { 'host-9': 'started' });
    targetsChanged(record, chunk(1), 1, 2, { 'host-1': 'failed', 'host-2': 'timed-out' });
    expect(record.lease(chunk(1)).mark).toBeNull();
    targetsChanged(record, chunk(1), 1, 3, { 'host-3': 'failed' });
    expect(record.lease(chunk(1)).mark).toMatchObject({
      code: 'max-failures',
      finishRunning: true,
    });
    expect(record.counts(EXECUTION)).toMatchObject({ skipped: 500, running: 1 });
    expire(record, chunk(1), 1, instance(1));
    expect(record.execution(EXECUTION)).toMatchObject({ outcome: 'failed', code: 'max-failures' });
    expect(record.counts(EXECUTION)).toMatchObject({ skipped: 996, lost: 1, failed: 2 });
  });

  it('tells watchers again how the execution ended when the message may have been applied before', () => {
    const record = running(1);
    const event = report(chunk(1), 1, 1, { 'host-1': 'succeeded' });
    record.tell(TargetsChanged, event);
    record.set.changes.executions.clear();
    const { announcements } = record.tell(TargetsChanged, event, { redelivered: true });
    expect(announcements).toMatchObject([{ contract: ExecutionFinished }]);
  });

  it('that status itself published is no news', () => {
    const record = running(1);
    const event = report(chunk(1), 1, 1, { 'host-1': 'succeeded' });
    expect(record.tell(TargetsChanged, event, { appId: 'status' }).superseded).toBe(0);
    expect(record.counts(EXECUTION)).toMatchObject({ succeeded: 0 });
  });

  it('sets the counter of vanished owners to zero', () => {
    const record = running(2);
    expire(record, chunk(1), 1, instance(1));
    acquire(record, chunk(1), instance(2), request(2));
    expect(record.lease(chunk(1)).takeovers).toBe(1);
    targetsChanged(record, chunk(1), 2, 1, { 'host-1': 'succeeded' });
    expect(record.lease(chunk(1)).takeovers).toBe(0);
  });
});
