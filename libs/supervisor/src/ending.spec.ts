import { describe, expect, it, jest } from '@jest/globals';
import { Puppet, stateOf } from '../test/puppet.js';
import { setUp, taken } from '../test/set-up.js';
import { SpawnRefusedError, SupervisorClosedError, type TaskContext, turn } from './index.js';

describe('ending', () => {
  it('T1 a hook that throws is reported, and nothing else changes', async () => {
    const broken = new Error('the hook broke');
    const onOutcome = jest.fn(() => {
      throw broken;
    });
    const { supervisor, lateErrors } = setUp({ onOutcome, pendingLimit: 1 });
    const first = await supervisor.spawn('first', async () => 1);
    const second = await supervisor.spawn('second', async () => 2);
    expect(await first.outcome).toMatchObject({ status: 'succeeded', value: 1 });
    expect(await second.outcome).toMatchObject({ status: 'succeeded', value: 2 });
    expect(onOutcome).toHaveBeenCalledTimes(2);
    expect(lateErrors).toEqual([broken, broken]);
  });

  it('T1 the slot is free when the hook runs, and the next pending task has not started', async () => {
    const next = new Puppet();
    const seen: unknown[] = [];
    const { supervisor } = setUp({
      pendingLimit: 1,
      onOutcome: () => seen.push([supervisor.inspect().occupied, next.starts]),
    });
    await supervisor.spawn('first', async () => 'done');
    await supervisor.spawn('next', next.body);
    await turn();
    expect(seen).toEqual([[0, 0]]);
    expect(next.starts).toBe(1);
  });

  it('T1 what a hook spawns comes after those who are pending, free slot or not', async () => {
    const order: string[] = [];
    const named = (name: string) => async (): Promise<void> => void order.push(name);
    const { supervisor } = setUp({
      pendingLimit: 2,
      onOutcome: (_outcome, { name }) => {
        if (name === 'first') taken(supervisor.trySpawn('third', named('third')));
      },
    });
    for (const name of ['first', 'second']) taken(supervisor.trySpawn(name, named(name)));
    await turn();
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('T1 a hook may spawn, cancel and close', async () => {
    const { supervisor, outcomes } = setUp({
      pendingLimit: 3,
      onOutcome: (outcome, task) => {
        outcomes.push(outcome);
        if (task.name === 'a') void supervisor.trySpawn('d', async () => 'd');
        if (task.name === 'b') void supervisor.close();
      },
    });
    for (const name of ['a', 'b', 'c']) taken(supervisor.trySpawn(name, async () => name));
    const report = await supervisor.close();
    expect(outcomes).toMatchObject([
      { status: 'cancelled', started: false },
      { status: 'cancelled', started: false },
      { status: 'succeeded', value: 'a', raced: true },
    ]);
    expect(report).toEqual({ finished: 1, cancelled: 2, stuck: [] });
  });

  it('T4 a hook that closes into a free slot lets no pending task start', async () => {
    const { supervisor, outcomes } = setUp({
      pendingLimit: 3,
      onOutcome: (outcome) => {
        outcomes.push(outcome);
        void supervisor.close();
      },
    });
    const puppets = Array.from({ length: 4 }, () => new Puppet());
    puppets.forEach(({ body }) => taken(supervisor.trySpawn('task', body)));
    puppets[0]?.return('done');
    await turn();
    expect(puppets.map(({ starts }) => starts)).toEqual([1, 0, 0, 0]);
    expect(outcomes).toHaveLength(4);
    expect(await supervisor.close()).toEqual({ finished: 0, cancelled: 3, stuck: [] });
  });

  it('T2 hold: a stuck task keeps its slot, and health says when all are held', async () => {
    const { supervisor, clock } = setUp({ limit: 2 });
    const puppets = [new Puppet(), new Puppet()] as const;
    for (const { body } of puppets) taken(supervisor.trySpawn('task', body)).cancel('enough');
    expect(supervisor.health()).toBeUndefined();
    clock.advance(100);
    expect(supervisor.trySpawn('next', async () => 'never')).toBe('full');
    expect(supervisor.health()).toBe('all 2 slots are held by tasks that do not stop');
    puppets[0].return('at last');
    await turn();
    expect(supervisor.health()).toBeUndefined();
  });

  it('T2 replace: another task gets the slot, at most maxStuck at a time, then health is red', async () => {
    const { supervisor, clock } = setUp({ limit: 1, onStuck: 'replace', maxStuck: 2 });
    const puppets = Array.from({ length: 3 }, () => new Puppet());
    for (const { body } of puppets) {
      taken(supervisor.trySpawn('task', body)).cancel('enough');
      clock.advance(100);
    }
    expect(supervisor.inspect()).toMatchObject({ occupied: 1, stuck: 3 });
    expect(supervisor.health()).toContain('tasks that do not stop');
    expect(supervisor.trySpawn('next', async () => 'never')).toBe('full');
    puppets.forEach((puppet) => puppet.return('at last'));
    await turn();
    expect(supervisor.health()).toBeUndefined();
    expect(supervisor.inspect()).toMatchObject({ occupied: 0, stuck: 0, tasks: [] });
  });

  it('T3 the run deadline plus the closing time bound the caller, whatever the body does', async () => {
    const { supervisor, clock } = setUp({ closeTimeoutMs: 100 });
    const task = await supervisor.spawn('task', new Puppet().body, { runDeadlineMs: 50 });
    await clock.advanceAsync(149);
    expect(await stateOf(task.outcome)).toBe('pending');
    await clock.advanceAsync(1);
    expect(await task.outcome).toMatchObject({ status: 'timed-out', which: 'run', stuck: true });
  });

  it('T3 the queue deadline ends a pending task', async () => {
    const { supervisor, clock } = setUp({ pendingLimit: 1 });
    await supervisor.spawn('running', new Puppet().body);
    const late = new Puppet();
    const pending = await supervisor.spawn('pending', late.body, { queueDeadlineMs: 50 });
    clock.advance(50);
    expect(await pending.outcome).toMatchObject({ status: 'timed-out', which: 'queue' });
    expect(late.starts).toBe(0);
  });

  it('T3 the queue deadline of a task that started in time means nothing', async () => {
    const { supervisor, clock } = setUp({ pendingLimit: 1 });
    const [first, second] = [new Puppet(), new Puppet()];
    await supervisor.spawn('first', first.body);
    const task = await supervisor.spawn('second', second.body, { queueDeadlineMs: 50 });
    first.return('done');
    await clock.advanceAsync(1_000);
    expect(task.state).toBe('running');
  });

  it('T3 the idle timeout is put off by every heartbeat', async () => {
    const { supervisor, clock } = setUp();
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body, { idleTimeoutMs: 50 });
    for (const _ of [1, 2, 3, 4]) {
      clock.advance(40);
      puppet.context.heartbeat();
    }
    clock.advance(49);
    expect(task.state).toBe('running');
    clock.advance(1);
    expect(task.state).toBe('closing');
    puppet.throw(puppet.context.signal.reason);
    expect(await task.outcome).toMatchObject({ status: 'timed-out', which: 'idle', stuck: false });
  });

  it('T3 remainingMs tells the body what is left of its phase', async () => {
    const { supervisor, clock } = setUp();
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body, { runDeadlineMs: 50 });
    clock.advance(20);
    expect(puppet.context.remainingMs()).toBe(30);
    task.cancel('enough');
    expect(puppet.context.remainingMs()).toBe(100);
    clock.advance(100);
    expect(puppet.context.remainingMs()).toBe(0);
    const free = await setUp().supervisor.spawn('free', async (context) => context.remainingMs());
    expect(await free.outcome).toMatchObject({ value: Infinity });
  });
});

describe('close()', () => {
  it('T4 lets running tasks finish within the grace', async () => {
    const { supervisor, clock } = setUp();
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body);
    const close = supervisor.close({ graceTimeoutMs: 1_000 });
    await clock.advanceAsync(999);
    expect(task.state).toBe('running');
    puppet.return('done');
    expect(await close).toEqual({ finished: 1, cancelled: 0, stuck: [] });
    expect(await task.outcome).toMatchObject({ status: 'succeeded', raced: false });
    expect(clock.pendingTimers).toBe(0);
  });

  it('T4 aborts after the grace, gives up after the closing time, and reports survivors', async () => {
    const { supervisor, clock } = setUp({ limit: 2 });
    const obedient = await supervisor.spawn('obedient', (context) => context.sleep(10_000));
    const deaf = new Puppet();
    await supervisor.spawn('deaf', deaf.body, { id: 'deaf-1' });
    clock.advance(5);
    const close = supervisor.close({ graceTimeoutMs: 20, closeTimeoutMs: 30 });
    await clock.advanceAsync(50);
    expect(await close).toEqual({
      finished: 0,
      cancelled: 1,
      stuck: [expect.objectContaining({ id: 'deaf-1', name: 'deaf', ageMs: 55, closingMs: 30 })],
    });
    const outcome = await obedient.outcome;
    expect(outcome).toMatchObject({ status: 'cancelled', started: true });
    expect(outcome).toHaveProperty('reason', expect.any(SupervisorClosedError));
  });

  it('T4 gives up a task within its own bound, even if that was closing for another time', async () => {
    const { supervisor, clock } = setUp({ closeTimeoutMs: 10_000 });
    const task = await supervisor.spawn('deaf', new Puppet().body);
    task.cancel('enough');
    const close = supervisor.close({ graceTimeoutMs: 0, closeTimeoutMs: 30 });
    await clock.advanceAsync(30);
    expect((await close).stuck).toMatchObject([{ name: 'deaf', state: 'stuck' }]);
  });

  it('T4 gives aborted tasks the closing time that it was told, more or less than their own', async () => {
    for (const closeTimeoutMs of [2_000, 30]) {
      const { supervisor, clock } = setUp({ limit: 2, closeTimeoutMs: 100 });
      const left: number[] = [];
      const body = async (context: TaskContext): Promise<void> => {
        await context.shield((within) => within.sleep(20), { timeoutMs: 5_000 });
        left.push(context.remainingMs());
      };
      const [closing, running] = [1, 2].map(() => taken(supervisor.trySpawn('task', body)));
      closing?.cancel('before');
      const close = supervisor.close({ closeTimeoutMs });
      await clock.advanceAsync(20);
      expect(await close).toMatchObject({ cancelled: 0, finished: 2, stuck: [] });
      expect(running?.state).toBe('settled');
      expect(left).toEqual([Math.min(100, closeTimeoutMs) - 20, closeTimeoutMs - 20]);
    }
  });

  it('T2 replace: what a stuck task gives back goes to the next, in the whole tree', async () => {
    const { supervisor, clock } = setUp({ limit: 1, onStuck: 'replace', maxStuck: 1 });
    const [first, second, next] = [new Puppet(), new Puppet(), new Puppet()];
    for (const { body } of [first, second]) {
      taken(supervisor.trySpawn('deaf', body)).cancel('enough');
      await clock.advanceAsync(100);
    }
    expect(supervisor.trySpawn('next', next.body)).toBe('full');
    expect(supervisor.health()).toContain('tasks that do not stop');
    first.return('at last');
    await turn();
    expect(supervisor.inspect()).toMatchObject({ occupied: 0, stuck: 1 });
    taken(supervisor.trySpawn('next', next.body));
    expect(next.starts).toBe(1);
  });

  it('T2 replace: children count too, and health is red', async () => {
    const { supervisor, clock } = setUp({ limit: 3, onStuck: 'replace', maxStuck: 1 });
    const children = [];
    for (let n = 0; n < 2; n += 1) {
      const parent = new Puppet();
      taken(supervisor.trySpawn('parent', parent.body, { children: { limit: 1 } }));
      const child = await parent.context.spawn('deaf', new Puppet().body);
      child.cancel('enough');
      children.push(parent.context.spawn('next', new Puppet().body));
    }
    await clock.advanceAsync(100);
    expect(await Promise.all(children.map(stateOf))).toEqual(['fulfilled', 'pending']);
    expect(supervisor.health()).toContain('1 slots are lost');
    const close = supervisor.close();
    await clock.advanceAsync(100);
    await close;
    await expect(children[1]).rejects.toThrow(SpawnRefusedError);
  });

  it('T4 is one close, however often it is called', async () => {
    const { supervisor } = setUp();
    const close = supervisor.close();
    expect(supervisor.close({ graceTimeoutMs: 1_000 })).toBe(close);
    await close;
    expect(supervisor.close()).toBe(close);
    await supervisor[Symbol.asyncDispose]();
  });

  it('T4 no body starts from its first instruction on', async () => {
    const { supervisor } = setUp({ limit: 1, pendingLimit: 5 });
    const puppets = Array.from({ length: 6 }, () => new Puppet());
    const [running, ...pending] = puppets.map(({ body }) =>
      taken(supervisor.trySpawn('task', body)),
    );
    const close = supervisor.close({ graceTimeoutMs: 1_000 });
    expect(pending.map(({ state }) => state)).toEqual(Array(5).fill('settled'));
    expect(running?.state).toBe('running');
    puppets[0]?.return('done');
    expect(await close).toEqual({ finished: 1, cancelled: 5, stuck: [] });
    expect(puppets.slice(1).some(({ starts }) => starts > 0)).toBe(false);
  });

  it('T4 counts tasks that were stuck before among the survivors', async () => {
    const { supervisor, clock } = setUp();
    const task = await supervisor.spawn('deaf', new Puppet().body);
    task.cancel('enough');
    clock.advance(100);
    expect((await supervisor.close()).stuck).toMatchObject([{ name: 'deaf' }]);
  });

  it('T4 a body that waits for it is aborted like any other', async () => {
    const { supervisor } = setUp();
    const task = await supervisor.spawn('task', (context) => context.wait(supervisor.close()));
    expect(await task.outcome).toMatchObject({ status: 'cancelled' });
  });

  it('T4 refuses spawns that wait, and a refused spawn never ran', async () => {
    const { supervisor, outcomes } = setUp();
    const puppet = new Puppet();
    await supervisor.spawn('running', async (context) => context.sleep(1_000));
    const waiting = supervisor.spawn('waiting', puppet.body);
    const close = supervisor.close();
    await expect(waiting).rejects.toThrow(SpawnRefusedError);
    await close;
    expect(puppet.starts).toBe(0);
    expect(outcomes).toHaveLength(1);
  });

  it('T4 refuses times that are not numbers, and stays open', async () => {
    const { supervisor } = setUp();
    expect(() => supervisor.close({ graceTimeoutMs: Number.NaN })).toThrow(RangeError);
    expect(supervisor.inspect().closed).toBe(false);
  });
});
