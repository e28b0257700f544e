import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { Puppet, stateOf } from '../test/puppet.js';
import { setUp, taken } from '../test/set-up.js';
import { SpawnRefusedError, turn } from './index.js';

const refused = new Error('connection refused');
const unreachable = new Error('no route to host');

describe('a scope', () => {
  it('returns what its body returned, after all its tasks are decided', async () => {
    const { supervisor } = setUp({ limit: 5 });
    const child = new Puppet();
    const scope = supervisor.scope({ name: 'deploy' }, async (context) => {
      await context.spawn('web-1', child.body);
      return 'value';
    });
    expect(await stateOf(scope)).toBe('pending');
    child.return('done');
    expect(await scope).toBe('value');
    expect(supervisor.inspect().tasks).toEqual([]);
  });

  it('takes the supervisor’s slots for its tasks, and none for its body', async () => {
    const { supervisor } = setUp({ limit: 1, pendingLimit: 5 });
    const puppets = [new Puppet(), new Puppet()];
    const scope = supervisor.scope({ name: 'deploy' }, async (context) => {
      for (const [at, puppet] of puppets.entries()) await context.spawn(`web-${at}`, puppet.body);
    });
    await turn();
    expect(supervisor.inspect()).toMatchObject({ occupied: 1, pending: 1 });
    puppets.forEach((puppet) => puppet.return('done'));
    await scope;
    expect(puppets.map(({ starts }) => starts)).toEqual([1, 1]);
  });

  it('has slots of its own with a limit', async () => {
    const { supervisor } = setUp({ limit: 1 });
    const other = new Puppet();
    taken(supervisor.trySpawn('other', other.body));
    const own = new Puppet();
    const scope = supervisor.scope({ name: 'deploy', limit: 1 }, async (context) => {
      await context.spawn('web-1', own.body);
    });
    await turn();
    expect([other.starts, own.starts]).toEqual([1, 1]);
    own.return('done');
    other.return('done');
    await scope;
  });

  it('refuses a pending limit that is of no use without a limit', async () => {
    const { supervisor } = setUp();
    const scope = supervisor.scope({ name: 'deploy', pendingLimit: 1 }, async () => {});
    await expect(scope).rejects.toThrow(RangeError);
  });

  it('throws the error of the one task that failed, after aborting the others', async () => {
    const { supervisor, outcomes } = setUp({ limit: 5 });
    const scope = supervisor.scope({ name: 'deploy' }, async (context) => {
      await context.spawn('waits', (child) => child.sleep(Infinity));
      await context.spawn('bad', async () => {
        throw refused;
      });
      await context.sleep(Infinity);
    });
    await expect(scope).rejects.toBe(refused);
    expect(outcomes.map(({ status }) => status)).toContain('cancelled');
  });

  it('throws one AggregateError for several, with `collect`', async () => {
    const { supervisor } = setUp({ limit: 5 });
    const scope = supervisor.scope({ name: 'deploy', onFailure: 'collect' }, async (context) => {
      for (const error of [refused, unreachable]) {
        await context.spawn(error.message, async () => {
          throw error;
        });
      }
    });
    await expect(scope).rejects.toMatchObject({
      errors: [refused, unreachable],
      message: expect.stringContaining('2 tasks of "deploy" failed'),
    });
  });

  it('throws the error of its body, after aborting its tasks', async () => {
    const { supervisor, outcomes } = setUp({ limit: 5 });
    const scope = supervisor.scope({ name: 'deploy' }, async (context) => {
      await context.spawn('waits', (child) => child.sleep(Infinity));
      throw refused;
    });
    await expect(scope).rejects.toBe(refused);
    expect(outcomes).toMatchObject([{ status: 'cancelled' }, { status: 'failed' }]);
  });

  it('ends all that is in it at its deadline', async () => {
    const { supervisor, clock, outcomes } = setUp({ limit: 5 });
    const scope = supervisor.scope({ name: 'deploy', deadlineMs: 20 }, async (context) => {
      await context.spawn('waits', (child) => child.sleep(Infinity));
      expect(context.remainingMs()).toBe(20);
      await context.sleep(Infinity);
    });
    const ended = scope.catch((error: unknown) => error);
    await clock.advanceAsync(20);
    expect(await ended).toMatchObject({ which: 'scope', limitMs: 20 });
    expect(outcomes).toMatchObject([
      { status: 'timed-out', which: 'scope' },
      { status: 'timed-out', which: 'scope' },
    ]);
  });

  it('follows a signal, and leaves no listener on it', async () => {
    const { supervisor } = setUp({ limit: 5 });
    const stop = new AbortController();
    const scope = supervisor.scope({ name: 'deploy', signal: stop.signal }, async (context) => {
      await context.spawn('waits', (child) => child.sleep(Infinity));
      await context.sleep(Infinity);
    });
    stop.abort(refused);
    await expect(scope).rejects.toBe(refused);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    const never = new Puppet();
    const late = supervisor.scope({ name: 'late', signal: stop.signal }, never.body);
    await expect(late).rejects.toBe(refused);
    expect(never.starts).toBe(0);
  });

  it('is given up when its body ignores the abort', async () => {
    const { supervisor, clock } = setUp();
    const puppet = new Puppet();
    const scope = supervisor.scope({ name: 'deploy', deadlineMs: 10 }, puppet.body);
    const ended = scope.catch((error: unknown) => error);
    await clock.advanceAsync(110);
    expect(await ended).toMatchObject({ which: 'scope' });
    expect(supervisor.inspect()).toMatchObject({ occupied: 0, stuck: 1 });
    puppet.return('at last');
    await turn();
    expect(supervisor.inspect().tasks).toEqual([]);
  });

  it('is refused by a closed supervisor', async () => {
    const { supervisor } = setUp();
    await supervisor.close();
    await expect(supervisor.scope({ name: 'deploy' }, async () => {})).rejects.toThrow(
      SpawnRefusedError,
    );
  });

  it('stands in the path of what is in it', async () => {
    const { supervisor } = setUp({ limit: 5 });
    const scope = supervisor.scope({ name: 'deploy' }, async (context) => {
      await context.scope({ name: 'region' }, async (inner) => {
        await inner.spawn('web-1', (child) => child.sleep(Infinity));
      });
    });
    await turn();
    const paths = supervisor.inspect().tasks.map(({ scope: path, name }) => [...path, name]);
    expect(paths).toEqual([['deploy'], ['deploy', 'region'], ['deploy', 'region', 'web-1']]);
    const ended = scope.catch((error: unknown) => error);
    await supervisor.close();
    expect(await ended).toHaveProperty('message', expect.stringContaining('was closed'));
  });
});

describe('a scope within a task', () => {
  it('needs no slot that the task holds', async () => {
    const { supervisor } = setUp({ limit: 1 });
    const task = taken(
      supervisor.trySpawn('task', (context) =>
        context.scope({ name: 'parts' }, async (parts) => {
          await parts.spawn('one', async () => 'done');
          return 'value';
        }),
      ),
    );
    expect(await task.outcome).toMatchObject({ status: 'succeeded', value: 'value' });
  });

  it('fails its caller, who may catch that, not the task', async () => {
    const { supervisor } = setUp();
    const task = taken(
      supervisor.trySpawn('task', async (context) => {
        const parts = context.scope({ name: 'parts' }, async (scope) => {
          await scope.spawn('bad', async () => {
            throw refused;
          });
        });
        return parts.catch((error: unknown) => error);
      }),
    );
    expect(await task.outcome).toMatchObject({ status: 'succeeded', value: refused });
  });

  it('is aborted with the task', async () => {
    const { supervisor, outcomes } = setUp();
    const task = taken(
      supervisor.trySpawn('task', (context) =>
        context.scope({ name: 'parts' }, async (parts) => {
          await parts.spawn('one', (child) => child.sleep(Infinity));
          await parts.sleep(Infinity);
        }),
      ),
    );
    task.cancel(refused);
    await task.settled;
    expect(outcomes).toMatchObject(Array(3).fill({ status: 'cancelled', reason: refused }));
  });
});
