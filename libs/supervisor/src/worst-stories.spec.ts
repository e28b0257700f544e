import { describe, expect, it } from '@jest/globals';
import { Puppet } from '../test/puppet.js';
import { setUp, taken } from '../test/set-up.js';
import { SpawnRefusedError, turn } from './index.js';

describe('the three worst stories', () => {
  it('a body ignores its abort: the caller is free in time, the limit stays true, the name stays known', async () => {
    const { supervisor, clock, outcomes } = setUp({ limit: 1, closeTimeoutMs: 100 });
    const deaf = new Puppet();
    const next = new Puppet();
    const task = await supervisor.spawn('deaf', deaf.body, { runDeadlineMs: 50 });
    const waiting = supervisor.spawn('next', next.body);
    await clock.advanceAsync(150);
    expect(await task.outcome).toMatchObject({ status: 'timed-out', stuck: true });
    expect(supervisor.inspect().tasks).toMatchObject([
      { name: 'deaf', state: 'stuck', ageMs: 150 },
    ]);
    expect(next.starts).toBe(0);

    deaf.return('at last');
    await task.settled;
    await waiting;
    expect(next.starts).toBe(1);
    expect(outcomes).toHaveLength(1);
  });

  it('close() comes while spawns wait: they are refused, nothing starts, nothing hangs', async () => {
    const { supervisor, clock } = setUp({ limit: 2, pendingLimit: 2 });
    const puppets = Array.from({ length: 20 }, () => new Puppet());
    const spawns = puppets.map(({ body }, n) => supervisor.spawn(`task ${n}`, body));
    const settled = Promise.allSettled(spawns);
    const close = supervisor.close({ graceTimeoutMs: 50, closeTimeoutMs: 50 });
    // Slots come free while it closes: a temptation to start the next.
    puppets[0]?.return('done');
    await turn();
    await clock.advanceAsync(100);
    expect(await close).toMatchObject({ finished: 1, cancelled: 2, stuck: [{ name: 'task 1' }] });
    const refused = (await settled).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(16);
    expect(refused[0]).toHaveProperty('reason', expect.any(SpawnRefusedError));
    expect(puppets.reduce((sum, { starts }) => sum + starts, 0)).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('a loser rejects long after everybody stopped listening: it is reported, and the process lives', async () => {
    const { supervisor, lateErrors } = setUp({ limit: 3 });
    const error = new Error('connection reset');
    const loser = new Puppet<never>();
    const tasks = [1, 2, 3].map(() =>
      taken(
        supervisor.trySpawn('reader', async (context) => {
          await context.wait(loser.body(context));
        }),
      ),
    );
    tasks.forEach((task) => task.cancel('enough'));
    await supervisor.close();
    loser.throw(error);
    await turn();
    // Once for each of the three waits that lost it.
    expect(lateErrors).toEqual([error, error, error]);
  });
});
