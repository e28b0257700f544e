import { describe, expect, it, jest } from '@jest/globals';
import { Puppet } from '../test/puppet.js';
import { setUp } from '../test/set-up.js';
import {
  type Body,
  DeadlineExceededError,
  type Outcome,
  type Task,
  TaskCancelledError,
  turn,
} from './index.js';

const CLOSING_MS = 100;
const RUN_MS = 30;
const OTHER = new Error('something else broke');

/** How a body reacts to its abort. */
const REACTIONS: Record<string, (puppet: Puppet, reason: unknown) => void> = {
  'returns a value': (puppet) => puppet.return('done'),
  'throws the reason': (puppet, reason) => puppet.throw(reason),
  'throws an AbortError': (puppet) => puppet.throw(new DOMException('stopped', 'AbortError')),
  'throws an error caused by the reason': (puppet, reason) =>
    puppet.throw(new Error('read failed', { cause: reason })),
  'throws something else': (puppet) => puppet.throw(OTHER),
  'ignores it': () => {},
};

/** When the abort comes, and what it does: returns the reason it gave, if it was a cancel. */
const MOMENTS: Record<string, (task: Task, advance: (ms: number) => void) => void> = {
  'is cancelled': (task) => void task.cancel(new TaskCancelledError('enough')),
  'passes its run deadline': (_, advance) => advance(RUN_MS),
};

const CANCELLED = {
  status: 'cancelled',
  started: true,
  raced: false,
  stuck: false,
  suppressed: [],
};
const TIMED_OUT = {
  status: 'timed-out',
  which: 'run',
  started: true,
  raced: false,
  stuck: false,
  suppressed: [],
};

describe('a running task that', () => {
  it.each<[moment: string, reaction: string, outcome: object]>([
    ['is cancelled', 'returns a value', { status: 'succeeded', value: 'done', raced: true }],
    ['is cancelled', 'throws the reason', CANCELLED],
    ['is cancelled', 'throws an AbortError', CANCELLED],
    ['is cancelled', 'throws an error caused by the reason', CANCELLED],
    ['is cancelled', 'throws something else', { ...CANCELLED, suppressed: [OTHER] }],
    ['is cancelled', 'ignores it', { ...CANCELLED, stuck: true }],
    [
      'passes its run deadline',
      'returns a value',
      { ...TIMED_OUT, raced: true, late: { value: 'done' } },
    ],
    ['passes its run deadline', 'throws the reason', TIMED_OUT],
    ['passes its run deadline', 'throws an AbortError', TIMED_OUT],
    ['passes its run deadline', 'throws an error caused by the reason', TIMED_OUT],
    ['passes its run deadline', 'throws something else', { ...TIMED_OUT, suppressed: [OTHER] }],
    ['passes its run deadline', 'ignores it', { ...TIMED_OUT, stuck: true }],
  ])('C3 %s and %s', async (moment, reaction, expected) => {
    const { supervisor, clock, outcomes, lateErrors } = setUp();
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body, { runDeadlineMs: RUN_MS });
    puppet.onAbort((reason) => REACTIONS[reaction]?.(puppet, reason));
    MOMENTS[moment]?.(task, (ms) => clock.advance(ms));
    expect(task.state).toBe('closing');
    await clock.advanceAsync(CLOSING_MS);

    expect(await task.outcome).toMatchObject(expected);
    expect(task.state).toBe(reaction === 'ignores it' ? 'stuck' : 'settled');
    expect(outcomes).toHaveLength(1);
    expect(lateErrors).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each<[ending: string, end: (puppet: Puppet) => void, reported: unknown[]]>([
    ['returns', (puppet) => puppet.return('at last'), []],
    ['throws the reason', (puppet) => puppet.throw(puppet.context.signal.reason), []],
    ['throws something else', (puppet) => puppet.throw(OTHER), [OTHER]],
  ])('was given up and then %s keeps its outcome', async (_, end, reported) => {
    const { supervisor, clock, outcomes, lateErrors } = setUp();
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body);
    task.cancel('enough');
    clock.advance(CLOSING_MS);
    const outcome = await task.outcome;
    end(puppet);
    await task.settled;
    expect(await task.outcome).toBe(outcome);
    expect(outcomes).toEqual([outcome]);
    expect(lateErrors).toEqual(reported);
    expect(supervisor.inspect()).toMatchObject({ occupied: 0, tasks: [] });
  });
});

describe('a cancel that comes', () => {
  it('inside the synchronous part of the body finds the signal aborted afterwards', async () => {
    const { supervisor } = setUp();
    const task = await supervisor.spawn(
      'task',
      async (context) => {
        supervisor.cancel('self', 'enough');
        return context.signal.aborted;
      },
      { key: 'self' },
    );
    expect(await task.outcome).toMatchObject({ status: 'succeeded', value: true, raced: true });
  });

  it('after the end changes nothing', async () => {
    const { supervisor } = setUp();
    const task = await supervisor.spawn('task', async () => 'done');
    await task.outcome;
    expect(task.cancel('too late')).toBe('ended');
    expect(await task.outcome).toMatchObject({ status: 'succeeded', raced: false, suppressed: [] });
  });

  it('to a pending task decides it at once', async () => {
    const { supervisor, outcomes } = setUp({ pendingLimit: 1 });
    await supervisor.spawn('running', new Puppet().body);
    const pending = await supervisor.spawn('pending', new Puppet().body);
    expect(pending.cancel('never mind')).toBe('accepted');
    expect(pending.state).toBe('settled');
    expect(outcomes).toMatchObject([{ status: 'cancelled', started: false, stuck: false }]);
  });

  it('from a shared signal reaches every task that follows it', async () => {
    const { supervisor } = setUp({ limit: 2, pendingLimit: 1 });
    const stop = new AbortController();
    const body = (puppet: Puppet): Puppet['body'] => puppet.body;
    const tasks = [new Puppet(), new Puppet(), new Puppet()].map((puppet) =>
      supervisor.trySpawn('task', body(puppet), { signal: stop.signal }),
    ) as Task[];
    stop.abort();
    expect(tasks.map(({ state }) => state)).toEqual(['closing', 'closing', 'settled']);
  });
});

describe('cancellation', () => {
  it('C1 every wait in a body rejects at once after the abort, and keeps rejecting', async () => {
    const { supervisor, clock } = setUp();
    const steps: string[] = [];
    const task = await supervisor.spawn('task', async (context) => {
      const attempt = (step: string, wait: Promise<unknown>): Promise<unknown> =>
        wait.then(
          () => steps.push(`${step} went on`),
          (error: unknown) => steps.push(`${step}: ${(error as Error).message}`),
        );
      await attempt('sleep', context.sleep(1_000));
      await attempt('sleep again', context.sleep(1_000));
      await attempt('wait', context.wait(new Promise(() => {})));
      await attempt('wait for what is ready', context.wait(Promise.resolve()));
      await attempt('checkpoint', context.checkpoint());
    });
    task.cancel('enough');
    await task.outcome;
    expect(steps).toEqual([
      'sleep: enough',
      'sleep again: enough',
      'wait: enough',
      'wait for what is ready: enough',
      'checkpoint: enough',
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('C1 a signal that is looked at for the first time after the abort is aborted', async () => {
    const { supervisor } = setUp();
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body);
    task.cancel('enough');
    const { signal } = puppet.context;
    expect([signal.aborted, (signal.reason as Error).message]).toEqual([true, 'enough']);
  });

  it('C1 waits that nobody awaits do not end the process when they are aborted', async () => {
    const { supervisor } = setUp();
    const task = await supervisor.spawn('task', async (context) => {
      const abandoned = [context.sleep(1_000), context.wait(new Promise(() => {}))];
      await context.sleep(500);
      return abandoned;
    });
    task.cancel('enough');
    // Jest fails a test file whose process saw an unhandled rejection.
    expect(await task.outcome).toMatchObject({ status: 'cancelled' });
  });

  it('C1 a checkpoint lets a cancel arrive in a computation', async () => {
    const { supervisor } = setUp();
    const task = await supervisor.spawn('task', async (context) => {
      for (;;) await context.checkpoint();
    });
    setImmediate(() => task.cancel('enough'));
    expect(await task.outcome).toMatchObject({ status: 'cancelled' });
  });

  it('C2 the first cause wins, later ones are kept', async () => {
    const { supervisor, clock } = setUp();
    const puppet = new Puppet();
    const stop = new AbortController();
    const task = await supervisor.spawn('task', puppet.body, {
      runDeadlineMs: RUN_MS,
      signal: stop.signal,
    });
    clock.advance(RUN_MS);
    const [byHand, bySignal] = [new Error('by hand'), new Error('by signal')];
    expect(task.cancel(byHand)).toBe('already');
    expect(task.cancel(byHand)).toBe('already');
    stop.abort(bySignal);
    expect(puppet.context.signal.reason).toBeInstanceOf(DeadlineExceededError);
    puppet.throw(puppet.context.signal.reason);
    expect(await task.outcome).toMatchObject({
      status: 'timed-out',
      suppressed: [byHand, byHand, bySignal],
    });
  });

  it('C2 keeps only so many later causes', async () => {
    const { supervisor } = setUp();
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body);
    for (let n = 0; n < 1_000; n += 1) task.cancel(`cause ${n}`);
    puppet.return('done');
    expect((await task.outcome).suppressed).toHaveLength(8);
  });

  it('C4 a wait settles as its promise does, when that is first', async () => {
    const { supervisor } = setUp();
    const task = await supervisor.spawn('task', async (context) => {
      const failed = await context.wait(Promise.reject(OTHER)).catch((error: unknown) => error);
      return [await context.wait(Promise.resolve('value')), failed];
    });
    expect(await task.outcome).toMatchObject({ value: ['value', OTHER] });
  });

  it('C4 the late rejection of a loser is reported, unless it only answers the abort', async () => {
    const { supervisor, lateErrors } = setUp();
    const [loser, polite] = [new Puppet(), new Puppet()];
    const task = await supervisor.spawn('task', async (context) => {
      await Promise.allSettled([
        context.wait(loser.body(context)),
        context.wait(polite.body(context)),
      ]);
    });
    task.cancel('enough');
    await task.settled;
    loser.throw(OTHER);
    polite.throw(new DOMException('stopped', 'AbortError'));
    await turn();
    expect(lateErrors).toEqual([OTHER]);
  });

  it('C4 says so by a process warning when nobody listens for late errors', async () => {
    const { supervisor } = setUp({ onLateError: undefined });
    const loser = new Puppet();
    const task = await supervisor.spawn('task', (context) => context.wait(loser.body(context)));
    task.cancel('enough');
    await task.settled;
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    loser.throw(OTHER);
    await turn();
    expect(warn.mock.calls).toEqual([[expect.stringContaining(OTHER.message), 'LateError']]);
    warn.mockRestore();
  });
});

describe('an abort at any moment of a body', () => {
  /** Opens two things, works, closes them again; says in `open` what is open. */
  const body =
    (open: Set<string>): Body<string> =>
    async (context) => {
      open.add('connection');
      const takeBack = context.onAbort(async () => {
        await turn();
        open.delete('connection');
      });
      open.add('file');
      try {
        await context.wait(Promise.resolve());
        await context.sleep(10);
        await context.checkpoint();
        await context.shield((within) => within.sleep(10), { timeoutMs: 50 });
        await context.wait(Promise.resolve());
        return 'done';
      } finally {
        await context.shield(async () => void open.delete('file'), { timeoutMs: 50 });
        if (!context.signal.aborted) {
          takeBack();
          open.delete('connection');
        }
      }
    };

  it('leaves nothing open, and exactly one outcome', async () => {
    const statuses = new Set<string>();
    for (let moment = 0; moment < 60; moment += 1) {
      const { supervisor, clock, outcomes, lateErrors } = setUp();
      const open = new Set<string>();
      const task = await supervisor.spawn('task', body(open));
      // Every other step is a promise reaction, every other a millisecond.
      for (let step = 0; step < moment; step += 1) await (step % 2 ? clock.advanceAsync(1) : null);
      task.cancel('enough');
      await clock.advanceAsync(100);
      const outcome = await task.outcome;
      expect({ moment, open: [...open], stuck: outcome.stuck }).toEqual({
        moment,
        open: [],
        stuck: false,
      });
      expect(outcomes).toEqual([outcome]);
      expect([lateErrors, clock.pendingTimers]).toEqual([[], 0]);
      statuses.add(outcome.status);
    }
    expect(statuses).toEqual(new Set(['cancelled', 'succeeded']));
  });
});

describe('outcomes', () => {
  it('a body that throws fails, synchronously or not', async () => {
    const { supervisor } = setUp({ limit: 2 });
    const failed = await supervisor.spawn('async', async () => Promise.reject(OTHER));
    const threw = await supervisor.spawn('sync', () => {
      throw OTHER;
    });
    const expected: Partial<Outcome> = { status: 'failed', error: OTHER, stuck: false };
    expect(await Promise.all([failed.outcome, threw.outcome])).toMatchObject([expected, expected]);
  });

  it('a body that rejects with an AbortError nobody asked for has failed', async () => {
    const { supervisor } = setUp();
    const error = new DOMException('a foreign abort', 'AbortError');
    const task = await supervisor.spawn('task', async () => Promise.reject(error));
    expect(await task.outcome).toMatchObject({ status: 'failed', error });
  });
});
