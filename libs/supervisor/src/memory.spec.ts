import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { Puppet } from '../test/puppet.js';
import { setUp } from '../test/set-up.js';
import { ManualClock, Supervisor, turn } from './index.js';

describe('memory', () => {
  it('M1 a task without a deadline sets no timer', async () => {
    const { supervisor, clock } = setUp();
    await supervisor.spawn('task', new Puppet().body);
    expect(clock.pendingTimers).toBe(0);
  });

  it('M1 any number of deadlines set one timer', async () => {
    const { supervisor, clock } = setUp({ limit: 10, pendingLimit: 10 });
    for (let n = 1; n <= 20; n += 1) {
      await supervisor.spawn('task', new Puppet().body, {
        queueDeadlineMs: n,
        runDeadlineMs: 100 * n,
        idleTimeoutMs: 10 * n,
      });
    }
    expect(clock.pendingTimers).toBe(1);
  });

  it('M1 leaves no timer in the process when its tasks are done', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const supervisor = new Supervisor({ name: 'system clock', limit: 2 });
    const puppets = [new Puppet(), new Puppet()];
    for (const { body } of puppets) await supervisor.spawn('task', body, { runDeadlineMs: 60_000 });
    expect(jest.getTimerCount()).toBe(1);
    puppets.forEach((puppet) => puppet.return('done'));
    await turn();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('M3 a signal carries one listener for all its tasks, until the last is decided', async () => {
    const { supervisor } = setUp({ limit: 2, pendingLimit: 1 });
    const { signal } = new AbortController();
    const puppets = [new Puppet(), new Puppet(), new Puppet(), new Puppet()];
    const spawns = puppets.map(({ body }) => supervisor.spawn('task', body, { signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    puppets.forEach((puppet) => puppet.return('done'));
    await Promise.all(spawns.map(async (spawn) => (await spawn).outcome));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('100,000 tasks leave nothing behind: no listener, no timer, no task, no heap', async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const supervisor = new Supervisor({ name: 'many', limit: 50, pendingLimit: 50, clock });
    const run = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) {
        const options = { key: `k${n}`, signal: stop.signal, runDeadlineMs: 1_000 };
        const task = await supervisor.spawn(
          'task',
          async (context) => {
            context.onAbort(() => {});
            await context.wait(Promise.resolve());
            if (n % 10 === 0) await context.spawn('child', async () => {}, { key: `c${n}` });
            if (n % 100 === 0) await context.sleep(1);
            return [n];
          },
          options,
        );
        if (n % 3 === 0) task.cancel('enough');
        if (n % 100 === 0) await clock.advanceAsync(1);
      }
      await clock.advanceAsync(10_000);
    };
    const resources = process.getActiveResourcesInfo().length;
    await run(50_000);
    const before = await heapUsed();
    await run(50_000);
    const after = await heapUsed();

    expect(supervisor.inspect()).toMatchObject({ occupied: 0, pending: 0, waiting: 0, tasks: [] });
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    expect(clock.pendingTimers).toBe(0);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(resources);
    expect((after - before) / 50_000).toBeLessThanOrEqual(16);
  }, 60_000);
});

/** The heap in use once garbage was collected, as far as this process can ask for it. */
async function heapUsed(): Promise<number> {
  await turn();
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
