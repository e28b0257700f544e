import { describe, expect, it } from '@jest/globals';
import { Deferred, ManualClock, Supervisor } from '#supervisor';
import { mostUrgentFirst } from './most-urgent-first.js';

const deaf = () => new Deferred().promise;

describe('what needs a look first', () => {
  it('is what is stuck, then what is overdue, then what is closing; each the oldest first', async () => {
    const clock = new ManualClock();
    const options = { limit: 5, pendingLimit: 1, closeTimeoutMs: 1_000, slowCloseMs: 400, clock };
    const [calm, closing, stuck] = ['calm', 'closing', 'stuck'].map(
      (name) => new Supervisor({ name, ...options }),
    );
    await calm!.spawn('idle', deaf);
    for (const runDeadlineMs of [undefined, 1_700, 1_200, undefined, 300]) {
      await stuck!.spawn(`${runDeadlineMs}`, deaf, { runDeadlineMs });
    }
    await stuck!.spawn('pending', deaf);
    await closing!.spawn('slow', deaf, { runDeadlineMs: 1_000 });
    await clock.advanceAsync(1_750);
    const sorted = mostUrgentFirst([calm!, closing!, stuck!].map((one) => one.inspect()));
    expect(sorted.map(({ name, tasks }) => [name, tasks.map((task) => task.name)])).toEqual([
      ['stuck', ['300', '1200', '1700', 'undefined', 'undefined', 'pending']],
      ['closing', ['slow']],
      ['calm', ['idle']],
    ]);
  });
});
