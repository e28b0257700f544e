import { describe, expect, it } from '@jest/globals';
import { Deferred, ManualClock, Supervisor } from '#supervisor';
import { logTasks } from './log-tasks.js';

describe('what a supervisor says by itself', () => {
  it('is which task is overdue, and the error that nobody was left to catch', async () => {
    const clock = new ManualClock();
    const lines: unknown[] = [];
    const log = {
      warn: (facts: object | string, message?: string) => void lines.push([facts, message]),
    };
    const work = new Deferred();
    const supervisor = new Supervisor({
      name: 'test',
      limit: 1,
      closeTimeoutMs: 100,
      clock,
      ...logTasks(log, 'test'),
    });
    await supervisor.spawn('deaf', () => work.promise, { runDeadlineMs: 1_000 });
    await clock.advanceAsync(1_100);
    work.reject(new Error('too late'));
    await clock.advanceAsync(0);
    const about = { supervisor: 'test', id: '1', task: 'deaf' };
    expect(lines).toEqual([
      [expect.objectContaining({ ...about, kind: 'slow-close', closingMs: 50 }), 'task overdue'],
      [expect.objectContaining({ ...about, kind: 'stuck', ageMs: 1_100 }), 'task overdue'],
      [{ ...about, err: new Error('too late') }, 'task failed after it was given up'],
    ]);
  });
});
