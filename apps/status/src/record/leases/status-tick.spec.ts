import { describe, expect, it } from '@jest/globals';
import { PauseTask, StatusTick } from '#contracts';
import { RecordInMemory } from '../../../testing/record-in-memory.js';
import { EXECUTION, acquire, chunk, run, targetsChanged } from '../../../testing/messages.js';

const processId = 'c5a1c9d8-3c39-4a77-9a1e-3f7e7b4f2a66';

function tickAfter(record: RecordInMemory, ms: number) {
  record.nowMs += ms;
  return record.tell(StatusTick, { processId, at: record.nowMs });
}

describe('status.tick', () => {
  it('keeps the largest time it carried', () => {
    const record = new RecordInMemory();
    record.tell(StatusTick, { processId, at: 2_000 });
    record.tell(StatusTick, { processId, at: 1_000 });
    expect(record.set.clockMs).toBe(2_000);
  });

  it('makes due again what was offered ten minutes ago and is still nobody’s', () => {
    const record = new RecordInMemory();
    run(record, 1);
    record.dispatch();
    expect(tickAfter(record, 599_999).due).toBe(false);
    expect(tickAfter(record, 1).due).toBe(true);
    expect(record.dispatch()).toEqual([{ key: chunk(1), epoch: 1 }]);
  });

  it.each(['owned', 'paused'])('leaves an old offer of work that is %s alone', (which) => {
    const record = new RecordInMemory();
    run(record, 1);
    record.dispatch();
    if (which === 'owned') acquire(record, chunk(1));
    else record.tell(PauseTask, { executionId: EXECUTION });
    expect(tickAfter(record, 600_000).due).toBe(false);
  });

  it('skips everything when nothing was granted within startWithinMs', () => {
    const record = new RecordInMemory();
    run(record, 3, { startWithinMs: 1_000 });
    tickAfter(record, 999);
    expect(record.execution(EXECUTION).outcome).toBeNull();
    tickAfter(record, 1);
    expect(record.execution(EXECUTION)).toMatchObject({ outcome: 'failed', code: 'expired' });
    expect(record.counts(EXECUTION)).toMatchObject({ skipped: 3 });
  });

  it('does not mind startWithinMs once something was granted', () => {
    const record = new RecordInMemory();
    run(record, 3, { startWithinMs: 1_000 });
    acquire(record, chunk(1));
    tickAfter(record, 2_000);
    expect(record.lease(chunk(1)).mark).toBeNull();
  });

  it('marks an execution that takes longer than executionTimeoutMs from its first grant', () => {
    const record = new RecordInMemory();
    run(record, 2, { executionTimeoutMs: 1_000 });
    tickAfter(record, 5_000);
    acquire(record, chunk(1));
    tickAfter(record, 999);
    expect(record.lease(chunk(1)).mark).toBeNull();
    tickAfter(record, 1);
    expect(record.lease(chunk(1)).mark).toMatchObject({
      outcome: 'timed-out',
      code: 'execution-timeout',
    });
    targetsChanged(record, chunk(1), 1, 1, { 'host-1': 'succeeded', 'host-2': 'timed-out' });
    expect(record.execution(EXECUTION)).toMatchObject({
      outcome: 'timed-out',
      code: 'execution-timeout',
    });
  });
});
