import { describe, expect, it } from '@jest/globals';
import { Puppet, stateOf } from '../test/puppet.js';
import { setUp } from '../test/set-up.js';
import { DeadlineExceededError, turn } from './index.js';

describe('clean-ups', () => {
  it('C5 run last registered first, one after the other, and one that throws skips none', async () => {
    const { supervisor } = setUp();
    const steps: string[] = [];
    const broken = new Error('the socket was gone');
    const task = await supervisor.spawn('task', async (context) => {
      context.onAbort(() => void steps.push('first registered'));
      context.onAbort(() => {
        throw broken;
      });
      context.onAbort(async (reason) => {
        steps.push(`last registered: ${reason.message}`);
        await turn();
        steps.push('last registered, done');
      });
      await context.sleep(1_000);
    });
    task.cancel('enough');
    // The first runs within the cancel itself: a kill does not wait for a turn.
    expect(steps).toEqual(['last registered: enough']);
    expect(await task.outcome).toMatchObject({ status: 'cancelled', suppressed: [broken] });
    expect(steps).toEqual(['last registered: enough', 'last registered, done', 'first registered']);
  });

  it('C5 each has an equal share of the closing time that is left', async () => {
    const { supervisor, clock } = setUp({ closeTimeoutMs: 90 });
    const shares: number[] = [];
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body);
    for (const _ of [1, 2, 3]) {
      puppet.context.onAbort((_reason, within) => {
        shares.push(within.remainingMs());
        return within.wait(new Promise(() => {}));
      });
    }
    task.cancel('enough');
    puppet.return('done');
    await clock.advanceAsync(60);
    expect(shares).toEqual([30, 30, 30]);
    expect(await stateOf(task.outcome)).toBe('pending');
  });

  it('C5 one that hangs is cut off, named among the suppressed, and leaves the task stuck', async () => {
    const { supervisor, clock } = setUp({ closeTimeoutMs: 90 });
    const ran: string[] = [];
    const hanging = new Puppet();
    const task = await supervisor.spawn('task', async (context) => {
      context.onAbort(() => void ran.push('next'));
      context.onAbort(() => hanging.body(context));
      await context.sleep(1_000);
    });
    task.cancel('enough');
    await clock.advanceAsync(45);
    expect(ran).toEqual(['next']);
    const outcome = await task.outcome;
    expect(outcome).toMatchObject({ status: 'cancelled', stuck: true });
    expect(outcome.suppressed).toEqual([expect.any(DeadlineExceededError)]);
    expect(task.state).toBe('stuck');
    hanging.return('at last');
    await task.settled;
    expect(supervisor.inspect().occupied).toBe(0);
  });

  it('C5 one that was taken back, or whose body ended by itself, does not run', async () => {
    const { supervisor } = setUp();
    const ran: string[] = [];
    const undisturbed = await supervisor.spawn('undisturbed', async (context) => {
      context.onAbort(() => void ran.push('undisturbed'));
    });
    await undisturbed.outcome;
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body);
    const takeBack = puppet.context.onAbort(() => void ran.push('taken back'));
    takeBack();
    takeBack();
    task.cancel('enough');
    puppet.return('done');
    await task.outcome;
    expect(ran).toEqual([]);
  });

  it('C5 one that is registered after the abort runs at once', async () => {
    const { supervisor } = setUp();
    const ran: string[] = [];
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body);
    task.cancel('enough');
    puppet.context.onAbort((reason) => void ran.push(reason.message));
    expect(ran).toEqual(['enough']);
  });
});

describe('a shield', () => {
  it('C6 blocks the abort of its task, in its signal and its waits', async () => {
    const { supervisor, clock } = setUp();
    const task = await supervisor.spawn('task', async (context) => {
      try {
        await context.sleep(1_000);
      } finally {
        await context.shield(
          async (within) => {
            await within.sleep(10);
            if (within.signal.aborted) throw new Error('the abort came through');
          },
          { timeoutMs: 50 },
        );
      }
    });
    task.cancel('enough');
    await clock.advanceAsync(0);
    expect(supervisor.inspect().tasks).toMatchObject([{ state: 'closing', shielded: 1 }]);
    await clock.advanceAsync(10);
    expect(await task.outcome).toMatchObject({ status: 'cancelled', stuck: false, suppressed: [] });
    expect(clock.pendingTimers).toBe(0);
  });

  it('C6 ends with its own time, for whoever waits and for the work', async () => {
    const { supervisor, clock } = setUp();
    const work = new Puppet();
    const task = await supervisor.spawn('task', async (context) =>
      context.shield(
        (within) => {
          expect(within.remainingMs()).toBe(50);
          return work.body(Object.assign(Object.create(context) as typeof context, within));
        },
        { timeoutMs: 50 },
      ),
    );
    await clock.advanceAsync(50);
    const outcome = await task.outcome;
    expect(outcome).toMatchObject({ status: 'failed', stuck: true });
    expect(outcome).toMatchObject({
      error: { which: 'shield', message: '"task" used up its shield of 50 ms' },
    });
    work.return('at last');
    await task.settled;
  });

  it('C6 counts: a task whose body left shielded work behind ends with that', async () => {
    const { supervisor, clock } = setUp({ limit: 1 });
    const work = new Puppet();
    const task = await supervisor.spawn('task', async (context) => {
      void context.shield(() => work.body(context), { timeoutMs: 50 });
      return 'done';
    });
    const close = supervisor.close({ graceTimeoutMs: 20 });
    await clock.advanceAsync(10);
    expect(task.state).toBe('running');
    work.return('said goodbye');
    expect(await close).toEqual({ finished: 1, cancelled: 0, stuck: [] });
    expect(await task.outcome).toMatchObject({ status: 'succeeded', value: 'done', stuck: false });
  });

  it('C6 does not lengthen the time after an abort', async () => {
    const { supervisor, clock } = setUp({ closeTimeoutMs: 100 });
    const task = await supervisor.spawn('task', (context) =>
      context.shield(() => new Promise(() => {}), { timeoutMs: 10_000 }),
    );
    task.cancel('enough');
    await clock.advanceAsync(100);
    expect(await task.outcome).toMatchObject({ status: 'cancelled', stuck: true });
  });

  it('C6 without a time is refused, and runs nothing', async () => {
    const { supervisor } = setUp();
    const work = new Puppet();
    const task = await supervisor.spawn('task', async (context) =>
      context.shield(() => work.body(context), {} as { timeoutMs: number }),
    );
    expect(await task.outcome).toMatchObject({
      status: 'failed',
      error: { message: 'a delay must be a number of milliseconds, got undefined' },
    });
    expect(work.starts).toBe(0);
  });

  it('C6 is refused once the task has ended', async () => {
    const { supervisor } = setUp();
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body);
    puppet.return('done');
    await task.settled;
    const late = puppet.context.shield(async () => 'never', { timeoutMs: 10 });
    await expect(late).rejects.toThrow('"task" has ended');
  });
});
