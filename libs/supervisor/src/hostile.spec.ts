import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { Puppet } from '../test/puppet.js';
import { setUp, taken } from '../test/set-up.js';
import {
  abortable,
  answersAbort,
  Deferred,
  type SpawnOptions,
  type Task,
  type TaskContext,
  turn,
} from './index.js';

const refused = new Error('connection refused');

/** Values that are thrown in real programs, and cannot be printed the usual way. */
const UNPRINTABLE: [string, unknown][] = [
  ['an object without a prototype', Object.create(null)],
  ['an error whose message is a number', Object.assign(new Error('x'), { message: 42 })],
  [
    'an error whose message throws',
    Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('no message');
      },
    }),
  ],
  ['undefined', undefined],
  ['a symbol', Symbol('why')],
];

describe('a thrown value that cannot be printed', () => {
  it.each(UNPRINTABLE)('does not keep a parent from its end: %s', async (_, thrown) => {
    const { supervisor, outcomes } = setUp({ limit: 2 });
    const scope = supervisor.scope({ name: 'scope', onFailure: 'collect' }, async (context) => {
      for (const name of ['one', 'two']) {
        await context.spawn(name, async () => {
          throw thrown;
        });
      }
    });
    const caught = scope.catch((error: unknown) => ({ error }));
    expect(await caught).toHaveProperty('error');
    expect(outcomes.length).toBe(3);
    expect(supervisor.inspect().tasks).toEqual([]);
  });

  it.each(UNPRINTABLE)('is a reason like any other: %s', async (_, reason) => {
    const { supervisor } = setUp({ limit: 3 });
    const stop = new AbortController();
    const body = (context: TaskContext): Promise<void> => context.sleep(Infinity);
    const tasks = [1, 2, 3].map(() =>
      taken(supervisor.trySpawn('task', body, { signal: stop.signal })),
    );
    stop.abort(reason);
    for (const task of tasks) expect(await task.outcome).toMatchObject({ status: 'cancelled' });
  });

  it.each(UNPRINTABLE)('thrown by a hook, stops nothing: %s', async (_, thrown) => {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const fail = (): never => {
      throw thrown;
    };
    const { supervisor } = setUp({ pendingLimit: 1, onOutcome: fail, onLateError: fail });
    const [first, second] = [new Puppet(), new Puppet()];
    taken(supervisor.trySpawn('first', first.body));
    taken(supervisor.trySpawn('second', second.body));
    first.return('done');
    await turn();
    expect(second.starts).toBe(1);
    second.return('done');
    await turn();
    expect(warning).toHaveBeenCalledTimes(4);
    warning.mockRestore();
  });
});

describe('options', () => {
  it('are what they were at the spawn, whatever the caller does with them later', async () => {
    const { supervisor } = setUp({ pendingLimit: 10 });
    const options: { -readonly [K in keyof SpawnOptions]: SpawnOptions[K] } = {};
    const puppets = Array.from({ length: 6 }, () => new Puppet());
    const tasks = [];
    for (const [at, { body }] of puppets.entries()) {
      options.group = `group ${at % 3}`;
      options.key = `key ${at}`;
      tasks.push(taken(supervisor.trySpawn(`task ${at}`, body, options)));
    }
    expect(tasks.map(({ key }) => key)).toEqual(puppets.map((_, at) => `key ${at}`));
    tasks[1]?.cancel('not needed');
    for (const puppet of puppets) {
      puppet.return('done');
      await turn();
    }
    for (const task of tasks) await task.settled;
    expect(supervisor.inspect()).toMatchObject({ occupied: 0, pending: 0, tasks: [] });
  });
});

describe('rejections by an abort', () => {
  it('are never unhandled, whether or not the body awaits its spawns and scopes', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    const { supervisor } = setUp();
    const task = taken(
      supervisor.trySpawn(
        'parent',
        async (context) => {
          const spawns = [1, 2].map((n) => context.spawn(`child ${n}`, (one) => one.sleep(1e6)));
          const scope = context.scope({ name: 'scope' }, (inner) => inner.sleep(1e6));
          await context.sleep(1e6);
          await Promise.all([...spawns, scope]);
        },
        { children: { limit: 1 } },
      ),
    );
    await turn();
    task.cancel(refused);
    await task.settled;
    await turn();
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });

  it('answer only an abort that has a reason', () => {
    expect(answersAbort(new Error('boom'), undefined)).toBe(false);
  });
});

describe('thenables', () => {
  it('that settle at once leave no listener', async () => {
    const { signal } = new AbortController();
    // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
    const now = { then: (resolve: (value: string) => void) => resolve('now') };
    for (let n = 0; n < 3; n += 1) {
      expect(await abortable(now as PromiseLike<string>, signal)).toBe('now');
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('whose `then` throws fail their own task, and no other', async () => {
    const { supervisor } = setUp({ pendingLimit: 5 });
    const first = new Puppet();
    taken(supervisor.trySpawn('first', first.body));
    const bad = taken(
      supervisor.trySpawn('bad', () => {
        const fail = (): never => {
          throw refused;
        };
        // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
        return Object.defineProperty(Promise.resolve(), 'then', { value: fail });
      }),
    );
    const good = taken(supervisor.trySpawn('good', async () => 'done'));
    first.return('done');
    expect(await bad.outcome).toMatchObject({ status: 'failed', error: refused });
    expect(await good.outcome).toMatchObject({ status: 'succeeded' });
  });
});

describe('depth', () => {
  it('has a limit, and an error that says so', async () => {
    const { supervisor } = setUp();
    let deepest = 0;
    const nest =
      (depth: number) =>
      async (context: TaskContext): Promise<void> => {
        deepest = depth;
        await context.spawn(`level ${depth + 1}`, nest(depth + 1));
        await context.sleep(Infinity);
      };
    const task = taken(supervisor.trySpawn('level 0', nest(0)));
    const outcome = await task.outcome;
    expect(outcome.status).toBe('failed');
    expect((outcome as { error: Error }).error.message).toMatch(/nested \d+ deep/);
    expect(deepest).toBeGreaterThanOrEqual(99);
    expect(supervisor.inspect().tasks).toEqual([]);
  });
});

describe('errors beside the outcome', () => {
  it('are kept up to a bound, and reported beyond', async () => {
    const { supervisor, lateErrors } = setUp();
    const task = taken(
      supervisor.trySpawn('task', async (context) => {
        for (let n = 0; n < 500; n += 1) {
          context.onAbort(() => Promise.reject(new Error(`clean-up ${n}`)));
        }
        await context.sleep(Infinity);
      }),
    );
    task.cancel('enough');
    const { suppressed } = await task.outcome;
    expect(suppressed.length).toBeLessThanOrEqual(100);
    expect(suppressed.length + lateErrors.length).toBe(500);
  });
});

describe('the end of a task', () => {
  it('comes after its clean-ups, though its last child was only pending', async () => {
    const { supervisor } = setUp({ pendingLimit: 5 });
    const blocker = new Puppet();
    taken(supervisor.trySpawn('blocker', blocker.body));
    const stop = new AbortController();
    const cleanup = new Deferred();
    const seen: number[] = [];
    const scope = supervisor.scope({ name: 'scope', signal: stop.signal }, async (context) => {
      context.onAbort(async (_, within) => {
        seen.push(within.remainingMs());
        await cleanup.promise;
      });
      await context.spawn('pending child', async () => {});
    });
    const ended = scope.catch((error: unknown) => error);
    await turn();
    stop.abort(refused);
    await turn();
    expect(seen).toEqual([100]);
    expect(supervisor.inspect().tasks.map(({ name }) => name)).toContain('scope');
    cleanup.resolve();
    expect(await ended).toBe(refused);
    blocker.return('done');
  });

  it('waits for a shield whose first instruction ends the last child', async () => {
    const { supervisor } = setUp({ pendingLimit: 5 });
    const blocker = new Puppet();
    taken(supervisor.trySpawn('blocker', blocker.body));
    const shielded = new Deferred();
    let leaked: TaskContext | undefined;
    let child: Task | undefined;
    const scope = supervisor.scope({ name: 'scope' }, async (context) => {
      leaked = context;
      child = await context.spawn('pending child', async () => {});
    });
    await turn();
    const shield = leaked?.shield(
      () => {
        child?.cancel('not needed');
        return shielded.promise;
      },
      { timeoutMs: 50 },
    );
    await turn();
    expect(supervisor.inspect().tasks).toMatchObject([{ name: 'blocker' }, { name: 'scope' }]);
    shielded.resolve();
    await shield;
    await scope;
    blocker.return('done');
  });

  it('leaves no timer, though it was stuck without having been aborted', async () => {
    const overdue: string[] = [];
    const { supervisor, clock } = setUp({ onOverdue: (kind) => overdue.push(kind) });
    const shielded = new Deferred();
    const task = taken(
      supervisor.trySpawn('task', (context) =>
        context.shield(() => shielded.promise, { timeoutMs: 10 }).catch(() => {}),
      ),
    );
    await clock.advanceAsync(20);
    expect(task.state).toBe('stuck');
    shielded.resolve();
    await task.settled;
    expect(clock.pendingTimers).toBe(0);
    await clock.advanceAsync(10_000);
    expect(overdue).toEqual(['stuck']);
  });

  it('tells its shields, and leaves none of their timers', async () => {
    const { supervisor, clock } = setUp();
    let within: AbortSignal | undefined;
    const never = new Deferred();
    const task = taken(
      supervisor.trySpawn('task', (context) =>
        context.shield(
          (shield) => {
            within = shield.signal;
            return never.promise;
          },
          { timeoutMs: 3_600_000 },
        ),
      ),
    );
    const close = supervisor.close({ closeTimeoutMs: 50 });
    await clock.advanceAsync(50);
    expect((await close).stuck).toHaveLength(1);
    expect(within?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    never.resolve();
    await task.settled;
  });

  it('does not overflow the time of an endless deadline', async () => {
    const { supervisor } = setUp({ deadlineFactor: Infinity });
    const task = taken(
      supervisor.trySpawn('task', (context) => context.sleep(Infinity), { runDeadlineMs: 0 }),
    );
    task.cancel('enough');
    expect(await task.outcome).toMatchObject({ status: 'cancelled' });
  });
});
