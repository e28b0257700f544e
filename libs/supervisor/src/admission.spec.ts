import { describe, expect, it } from '@jest/globals';
import { Puppet, stateOf } from '../test/puppet.js';
import { setUp, taken } from '../test/set-up.js';
import { SpawnRefusedError, type Task, turn } from './index.js';

describe('admission', () => {
  it('A1 counts a slot until the body has settled, not until it was asked to stop', async () => {
    const { supervisor, clock } = setUp({ limit: 2 });
    const puppets = [new Puppet(), new Puppet(), new Puppet()] as const;
    const tasks = [
      await supervisor.spawn('a', puppets[0].body),
      await supervisor.spawn('b', puppets[1].body),
    ];
    const third = supervisor.spawn('c', puppets[2].body);
    tasks.forEach((task) => task.cancel('enough'));
    clock.advance(100);
    await turn();
    expect(tasks.map(({ state }) => state)).toEqual(['stuck', 'stuck']);
    expect(supervisor.inspect()).toMatchObject({ occupied: 2, stuck: 2, waiting: 1 });
    expect(puppets[2].starts).toBe(0);

    puppets[0].return('late');
    await third;
    expect(puppets[2].starts).toBe(1);
    expect(supervisor.inspect()).toMatchObject({ occupied: 2, stuck: 1, waiting: 0 });
  });

  it('A1 cancelling many pending tasks at once frees no slot', async () => {
    const { supervisor } = setUp({ limit: 5, pendingLimit: 40 });
    const running = Array.from({ length: 5 }, () => new Puppet());
    const pending = Array.from({ length: 40 }, () => new Puppet());
    running.forEach((puppet) => taken(supervisor.trySpawn('running', puppet.body)));
    const tasks = pending.map((puppet) => taken(supervisor.trySpawn('pending', puppet.body)));
    tasks.forEach((task) => task.cancel('never mind'));
    await turn();
    expect(supervisor.inspect()).toMatchObject({ occupied: 5, pending: 0 });
    expect(pending.some(({ starts }) => starts > 0)).toBe(false);
  });

  it('A2 starts the body inside the spawn when a slot is free', () => {
    const { supervisor } = setUp({ limit: 2 });
    const [one, two] = [new Puppet(), new Puppet()];
    void supervisor.spawn('one', one.body);
    taken(supervisor.trySpawn('two', two.body));
    expect([one.starts, two.starts]).toEqual([1, 1]);
  });

  it('A2 queues up to the pending limit; beyond it trySpawn refuses and spawn waits', async () => {
    const { supervisor } = setUp({ pendingLimit: 1 });
    const puppets = Array.from({ length: 3 }, () => new Puppet());
    const tasks = puppets.slice(0, 2).map(({ body }) => taken(supervisor.trySpawn('task', body)));
    expect(tasks.map(({ state }) => state)).toEqual(['running', 'pending']);
    expect(supervisor.trySpawn('refused', async () => 'never')).toBe('full');

    const waiting = supervisor.spawn('waiting', (puppets[2] as Puppet).body);
    expect(await stateOf(waiting)).toBe('pending');
    puppets[0]?.return('done');
    expect((await waiting).state).toBe('pending');
    puppets[1]?.return('done');
    await turn();
    expect((await waiting).state).toBe('running');
  });

  it.each([0, 1, 2])(
    'A2 nobody overtakes those who wait into a slot that has just come free (%d pending)',
    async (pendingLimit) => {
      const order: string[] = [];
      const overtaking: unknown[] = [];
      const named = (name: string) => async (): Promise<void> => void order.push(name);
      const { supervisor } = setUp({
        pendingLimit,
        onOutcome: (_outcome, { name }) => {
          if (name === '1') overtaking.push(supervisor.trySpawn('never', named('never')));
        },
      });
      const spawns = ['1', '2', '3', '4'].map((name) => supervisor.spawn(name, named(name)));
      for (const spawn of spawns) await (await spawn).outcome;
      expect(overtaking).toEqual(['full']);
      expect(order).toEqual(['1', '2', '3', '4']);
    },
  );

  it('A2 a spawn that waits is cancelled by its signal, and never runs', async () => {
    const { supervisor, outcomes } = setUp();
    const [first, second] = [new Puppet(), new Puppet()];
    await supervisor.spawn('first', first.body);
    const stop = new AbortController();
    const waiting = supervisor.spawn('second', second.body, { signal: stop.signal });
    const reason = new Error('not needed any more');
    stop.abort(reason);
    const outcome = await (await waiting).outcome;
    expect(outcome).toMatchObject({ status: 'cancelled', started: false, reason });
    expect(supervisor.inspect().waiting).toBe(0);
    first.return('done');
    await turn();
    expect(second.starts).toBe(0);
    expect(outcomes).toHaveLength(2);
  });

  it('A2 a spawn that waits keeps its queue deadline', async () => {
    const { supervisor, clock } = setUp();
    await supervisor.spawn('first', new Puppet().body);
    const waiting = supervisor.spawn('second', new Puppet().body, { queueDeadlineMs: 50 });
    expect(await stateOf(waiting)).toBe('pending');
    clock.advance(50);
    expect(await (await waiting).outcome).toMatchObject({
      status: 'timed-out',
      which: 'queue',
      started: false,
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('A2 a spawn that got room before its queue deadline has that behind it', async () => {
    const { supervisor, clock } = setUp();
    const [first, second] = [new Puppet(), new Puppet()];
    await supervisor.spawn('first', first.body);
    const waiting = supervisor.spawn('second', second.body, { queueDeadlineMs: 50 });
    first.return('done');
    await waiting;
    expect(clock.pendingTimers).toBe(0);
  });

  it('A2 refuses everything once it is closed', async () => {
    const { supervisor } = setUp();
    await supervisor.close();
    expect(supervisor.trySpawn('late', async () => 'never')).toBe('closed');
    const refusal = await supervisor.spawn('late', async () => 'never').catch((error) => error);
    expect(refusal).toBeInstanceOf(SpawnRefusedError);
    expect(refusal).toMatchObject({
      refusal: 'closed',
      message: '"late" was not taken: the supervisor "fleet" is closed',
    });
  });

  it('A2 decides a task whose signal was aborted before, without starting it', async () => {
    const { supervisor } = setUp();
    const puppet = new Puppet();
    const signal = AbortSignal.abort(new Error('too late'));
    const task = await supervisor.spawn('task', puppet.body, { signal });
    expect(await task.outcome).toMatchObject({ status: 'cancelled', started: false });
    expect(task.state).toBe('settled');
    expect(puppet.starts).toBe(0);
    expect(supervisor.inspect()).toMatchObject({ occupied: 0, tasks: [] });
  });

  it('A2 a new task does not overtake a spawn that waits, not even from a hook', async () => {
    const tried: unknown[] = [];
    const { supervisor } = setUp({
      pendingLimit: 1,
      onOutcome: (_, { name }) => {
        if (name === 'pending') tried.push(supervisor.trySpawn('new', new Puppet().body));
      },
    });
    taken(supervisor.trySpawn('running', new Puppet().body));
    const pending = taken(supervisor.trySpawn('pending', new Puppet().body));
    const waiting = supervisor.spawn('waiting', new Puppet().body);
    pending.cancel('not needed');
    expect(tried).toEqual(['full']);
    expect((await waiting).state).toBe('pending');
  });

  it('A3 runs the pending in the order of their spawns', async () => {
    const { supervisor } = setUp({ pendingLimit: 2 });
    const order: number[] = [];
    const tasks: Task[] = [];
    const number = (n: number) => async (): Promise<void> => void order.push(n);
    const blocker = new Puppet();
    await supervisor.spawn('blocker', blocker.body);
    const spawns = [1, 2, 3, 4, 5].map((n) => supervisor.spawn(`${n}`, number(n)));
    blocker.return('done');
    for (const spawn of spawns) tasks.push(await spawn);
    await Promise.all(tasks.map(({ outcome }) => outcome));
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it('A3 a pending task that is cancelled gives its place to a waiting spawn', async () => {
    const { supervisor } = setUp({ pendingLimit: 1 });
    await supervisor.spawn('running', new Puppet().body);
    const pending = await supervisor.spawn('pending', new Puppet().body);
    const waiting = supervisor.spawn('waiting', new Puppet().body);
    expect(pending.cancel('never mind')).toBe('accepted');
    expect((await waiting).state).toBe('pending');
    expect(supervisor.inspect()).toMatchObject({ occupied: 1, pending: 1, waiting: 0 });
  });

  it('A4 a live duplicate of a key is the task that exists', async () => {
    const { supervisor } = setUp();
    const [first, second] = [new Puppet(), new Puppet()];
    const task = await supervisor.spawn('task', first.body, { key: 'chunk/1' });
    expect(await supervisor.spawn('task', second.body, { key: 'chunk/1' })).toBe(task);
    expect(supervisor.trySpawn('task', second.body, { key: 'chunk/1' })).toBe(task);
    expect(second.starts).toBe(0);
  });

  it('A4 a duplicate of a key that was decided lately has its outcome', async () => {
    const { supervisor, outcomes } = setUp();
    await supervisor.spawn('task', async () => 'once', { key: 'chunk/1' });
    await turn();
    const again = await supervisor.spawn('task', async () => 'twice', { key: 'chunk/1' });
    expect(await again.outcome).toMatchObject({ status: 'succeeded', value: 'once' });
    expect(again.cancel('too late')).toBe('ended');
    expect(outcomes).toHaveLength(1);
  });

  it('A4 forgets the oldest key beyond its memory', async () => {
    const { supervisor } = setUp({ keyMemory: 2 });
    for (const key of ['a', 'b', 'c']) {
      await (
        await supervisor.spawn('task', async () => key, { key })
      ).outcome;
    }
    const value = async (key: string): Promise<unknown> =>
      (await supervisor.spawn('task', async () => 'new', { key })).outcome;
    expect(await value('c')).toMatchObject({ value: 'c' });
    expect(await value('a')).toMatchObject({ value: 'new' });
  });

  it('A4 a key is looked up again when a spawn that waited gets room', async () => {
    const { supervisor } = setUp();
    const blocker = new Puppet();
    await supervisor.spawn('blocker', blocker.body);
    const [one, two] = [new Puppet(), new Puppet()];
    const first = supervisor.spawn('one', one.body, { key: 'same' });
    const second = supervisor.spawn('two', two.body, { key: 'same' });
    blocker.return('done');
    const task = await first;
    one.return('done');
    expect(await second).toBe(task);
    expect([one.starts, two.starts]).toEqual([1, 0]);
  });

  it('A5 remembers a cancel that comes before its task, which then never starts', async () => {
    const { supervisor } = setUp();
    const puppet = new Puppet();
    const reason = new Error('the user changed their mind');
    expect(supervisor.cancel('chunk/1', reason)).toBe('remembered');
    expect(supervisor.cancel('chunk/1', 'again')).toBe('remembered');
    for (const _ of ['the task', 'its duplicate']) {
      const task = await supervisor.spawn('task', puppet.body, { key: 'chunk/1' });
      expect(await task.outcome).toMatchObject({ status: 'cancelled', started: false, reason });
    }
    expect(puppet.starts).toBe(0);
    expect(supervisor.cancel('chunk/1', 'again')).toBe('ended');
  });

  it('A5 needs no room to decide a task that was cancelled before it came', async () => {
    const { supervisor } = setUp();
    await supervisor.spawn('blocker', new Puppet().body);
    supervisor.cancel('early', 'not wanted');
    const task = taken(supervisor.trySpawn('task', new Puppet().body, { key: 'early' }));
    expect(await task.outcome).toMatchObject({ status: 'cancelled', started: false });
  });

  it('A5 uses a remembered cancel up', async () => {
    const { supervisor } = setUp({ keyMemory: 1 });
    supervisor.cancel('a', 'early');
    await supervisor.spawn('cancelled', async () => 'never', { key: 'a' });
    await (
      await supervisor.spawn('displaces the memory of a', async () => 'b', { key: 'b' })
    ).outcome;
    const again = await supervisor.spawn('again', async () => 'ran', { key: 'a' });
    expect(await again.outcome).toMatchObject({ status: 'succeeded', value: 'ran' });
  });

  it('A5 forgets the oldest early cancel beyond its memory', async () => {
    const { supervisor } = setUp({ keyMemory: 1 });
    supervisor.cancel('a', 'first');
    supervisor.cancel('b', 'second');
    const task = await supervisor.spawn('task', async () => 'ran', { key: 'a' });
    expect(await task.outcome).toMatchObject({ status: 'succeeded' });
  });

  it('A5 a cancel by key reaches the live task', async () => {
    const { supervisor } = setUp();
    const puppet = new Puppet();
    const task = await supervisor.spawn('task', puppet.body, { key: 'k' });
    puppet.onAbort((reason) => puppet.throw(reason));
    expect(supervisor.cancel('k', 'stop')).toBe('accepted');
    expect(supervisor.cancel('k', 'stop')).toBe('already');
    expect(await task.outcome).toMatchObject({ status: 'cancelled', started: true });
  });

  it.each([
    [{ limit: 0 }, 'limit must be an integer of at least 1, got 0'],
    [{ limit: Infinity }, 'limit must be an integer of at least 1, got Infinity'],
    [{ pendingLimit: -1 }, 'pendingLimit must be an integer of at least 0, got -1'],
    [{ maxStuck: 0 }, 'maxStuck must be an integer of at least 1, got 0'],
    [{ closeTimeoutMs: Number.NaN }, 'a delay must be a number of milliseconds, got NaN'],
  ])('refuses options that make no sense: %j', (options, message) => {
    expect(() => setUp(options)).toThrow(new RangeError(message));
  });

  it('refuses a deadline that is not a number, before anything has begun', async () => {
    const { supervisor } = setUp();
    const puppet = new Puppet();
    const spawn = supervisor.spawn('task', puppet.body, { runDeadlineMs: Number.NaN });
    await expect(spawn).rejects.toThrow(RangeError);
    expect(puppet.starts).toBe(0);
    expect(supervisor.inspect()).toMatchObject({ occupied: 0, tasks: [] });
  });
});
