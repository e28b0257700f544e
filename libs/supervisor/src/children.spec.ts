import { describe, expect, it } from '@jest/globals';
import { Puppet, stateOf } from '../test/puppet.js';
import { setUp, taken } from '../test/set-up.js';
import {
  DeadlineExceededError,
  SiblingFailedError,
  SpawnRefusedError,
  type SpawnOptions,
  type Supervisor,
  type Task,
  turn,
} from './index.js';

/** A parent whose body a test drives; it obeys its abort. */
function parentIn(supervisor: Supervisor, options: SpawnOptions = {}): [Puppet, Task] {
  const parent = new Puppet();
  const children = { limit: 5, ...options.children };
  const task = taken(supervisor.trySpawn('parent', parent.body, { ...options, children }));
  parent.onAbort((reason) => parent.throw(reason));
  return [parent, task];
}

/** A child whose body a test drives; it obeys its abort unless told otherwise. */
async function childOf(
  parent: Puppet,
  name: string,
  options: SpawnOptions & { readonly obeys?: boolean } = {},
): Promise<[Puppet, Task]> {
  const child = new Puppet();
  const task = await parent.context.spawn(name, child.body, options);
  if (options.obeys !== false && child.starts > 0) child.onAbort((reason) => child.throw(reason));
  return [child, task];
}

const refused = new Error('connection refused');
const unreachable = new Error('no route to host');

describe('rule T5: a parent is decided only after all its children', () => {
  it('waits for children that its body left behind', async () => {
    const { supervisor, outcomes } = setUp();
    const [parent, task] = parentIn(supervisor);
    const [child] = await childOf(parent, 'child');
    parent.return('done');
    await turn();
    expect(task.state).toBe('running');
    child.return('late');
    await task.settled;
    expect(outcomes).toMatchObject([
      { status: 'succeeded', value: 'late' },
      { status: 'succeeded', value: 'done' },
    ]);
  });

  it('is decided after a child that ignores its abort was given up, and settles after it', async () => {
    const { supervisor, clock, outcomes } = setUp();
    const [parent, task] = parentIn(supervisor);
    const [child, childTask] = await childOf(parent, 'child', { obeys: false });
    task.cancel('enough');
    await clock.advanceAsync(100);
    expect(outcomes.map(({ stuck }) => stuck)).toEqual([true, true]);
    expect([childTask.state, task.state]).toEqual(['stuck', 'stuck']);
    expect(supervisor.inspect()).toMatchObject({ occupied: 1, stuck: 2 });
    child.return('at last');
    await task.settled;
    expect(supervisor.inspect()).toMatchObject({ occupied: 0, stuck: 0, tasks: [] });
  });

  it('no longer asks for heartbeats when only its children go on', async () => {
    const { supervisor, clock } = setUp();
    const [parent, task] = parentIn(supervisor, { idleTimeoutMs: 50 });
    const [child] = await childOf(parent, 'child');
    parent.return('done');
    await clock.advanceAsync(500);
    expect(task.state).toBe('running');
    child.return('done');
    expect(await task.outcome).toMatchObject({ status: 'succeeded' });
  });
});

describe('rule T5: fail-fast', () => {
  it('aborts the body and the other children at the first failure', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor);
    const [bad] = await childOf(parent, 'web-1');
    const [, sibling] = await childOf(parent, 'web-2');
    bad.throw(refused);
    expect(await task.outcome).toMatchObject({ status: 'failed', error: refused, suppressed: [] });
    const { reason } = (await sibling.outcome) as { reason: Error };
    expect(reason).toBeInstanceOf(SiblingFailedError);
    expect(reason).toMatchObject({ message: expect.stringContaining('"web-1"'), cause: refused });
    expect(parent.context.signal.reason).toBe(reason);
  });

  it('never starts a sibling that waits for the slot of the one that failed', async () => {
    const { supervisor } = setUp({ pendingLimit: 5 });
    const [parent, task] = parentIn(supervisor, { children: { limit: 1 } });
    const [bad] = await childOf(parent, 'web-1');
    const [next, nextTask] = await childOf(parent, 'web-2');
    bad.throw(refused);
    await task.settled;
    expect(next.starts).toBe(0);
    expect(await nextTask.outcome).toMatchObject({ status: 'cancelled', started: false });
  });

  it('aborts the children when the body itself fails', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor);
    const [, child] = await childOf(parent, 'child');
    parent.throw(refused);
    expect(await task.outcome).toMatchObject({ status: 'failed', error: refused });
    expect(await child.outcome).toMatchObject({ status: 'cancelled', started: true });
  });

  it('aborts nothing when the body fails after all its children', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor);
    const cleanups: unknown[] = [];
    parent.context.onAbort((reason) => cleanups.push(reason));
    const [child] = await childOf(parent, 'child');
    child.return('done');
    await turn();
    parent.throw(refused);
    expect(await task.outcome).toMatchObject({ status: 'failed', error: refused });
    expect(cleanups).toEqual([]);
  });

  it('takes a deadline of a child for a failure', async () => {
    const { supervisor, clock } = setUp();
    const [parent, task] = parentIn(supervisor);
    await childOf(parent, 'slow', { runDeadlineMs: 10 });
    await clock.advanceAsync(10);
    const outcome = await task.outcome;
    expect(outcome).toMatchObject({ status: 'failed', error: { which: 'run', limitMs: 10 } });
  });

  it('takes a child that was cancelled on purpose for no failure', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor);
    const [, child] = await childOf(parent, 'child');
    child.cancel('not needed');
    await child.settled;
    parent.return('done');
    expect(await task.outcome).toMatchObject({ status: 'succeeded' });
  });
});

describe('rule T5: collect', () => {
  it('lets the others go on, and makes one error of several, with the names', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor, { children: { onFailure: 'collect' } });
    const [one] = await childOf(parent, 'web-1');
    const [two] = await childOf(parent, 'web-2');
    const [, three] = await childOf(parent, 'web-3').then(([puppet, child]) => {
      puppet.return('fine');
      return [puppet, child] as const;
    });
    one.throw(refused);
    await turn();
    expect(parent.context.signal.aborted).toBe(false);
    two.throw(unreachable);
    parent.return('done');
    const outcome = await task.outcome;
    expect(await three.outcome).toMatchObject({ status: 'succeeded' });
    expect(outcome).toMatchObject({ status: 'failed', error: { errors: [refused, unreachable] } });
    expect((outcome as { error: Error }).error).toBeInstanceOf(AggregateError);
    expect((outcome as { error: Error }).error.message).toBe(
      '2 tasks of "parent" failed: "web-1": connection refused; "web-2": no route to host',
    );
  });

  it('counts an error that the body throws on only once', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor, { children: { onFailure: 'collect' } });
    const [child] = await childOf(parent, 'child');
    child.throw(refused);
    parent.throw(refused);
    expect(await task.outcome).toMatchObject({ status: 'failed', error: refused });
  });

  it('names the parent for an error of its own', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor, { children: { onFailure: 'collect' } });
    const [child] = await childOf(parent, 'child');
    parent.throw(unreachable);
    child.throw(refused);
    const { error } = (await task.outcome) as { error: AggregateError };
    expect(error.errors).toEqual([unreachable, refused]);
    expect(error.message).toContain('"parent": no route to host; "child": connection refused');
  });

  it('keeps a bounded number of errors, and counts the rest', async () => {
    const { supervisor } = setUp();
    const children = { onFailure: 'collect', limit: 1_000 } as const;
    const [parent, task] = parentIn(supervisor, { children });
    for (let n = 0; n < 1_000; n += 1) {
      await parent.context.spawn(`web-${n}`, async () => {
        throw refused;
      });
    }
    parent.return('done');
    const { error } = (await task.outcome) as { error: AggregateError };
    expect(error.errors.length).toBeLessThanOrEqual(100);
    expect(error.message).toMatch(/^1000 tasks .* and 900 more$/);
  });
});

describe('rule C1 in a tree of tasks', () => {
  it('aborts children with the reason of their parent', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor);
    const [child, childTask] = await childOf(parent, 'child');
    const [, grandchild] = await childOf(child, 'grandchild');
    task.cancel(refused);
    for (const one of [task, childTask, grandchild]) {
      expect(await one.outcome).toMatchObject({ status: 'cancelled', reason: refused });
    }
  });

  it('does not call a task done whose children were cut off', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor);
    await childOf(parent, 'child');
    parent.return('done');
    await turn();
    task.cancel(refused);
    expect(await task.outcome).toMatchObject({ status: 'cancelled', reason: refused });
  });

  it('calls a task done whose children finished all the same', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor);
    const [child] = await childOf(parent, 'child', { obeys: false });
    parent.return('done');
    await turn();
    task.cancel(refused);
    child.return('done');
    expect(await task.outcome).toMatchObject({ status: 'succeeded', raced: true });
  });

  it('ends children with the deadline of their parent', async () => {
    const { supervisor, clock } = setUp();
    const [parent, task] = parentIn(supervisor, { runDeadlineMs: 20 });
    const [, child] = await childOf(parent, 'child');
    await clock.advanceAsync(20);
    expect(await task.outcome).toMatchObject({ status: 'timed-out', which: 'run' });
    const outcome = await child.outcome;
    expect(outcome).toMatchObject({ status: 'timed-out', which: 'scope', started: true });
    expect((outcome as { reason: unknown }).reason).toBeInstanceOf(DeadlineExceededError);
  });

  it('refuses to spawn in an aborted parent, with the reason, again and again', async () => {
    const { supervisor } = setUp();
    const parent = new Puppet();
    const task = taken(supervisor.trySpawn('parent', parent.body));
    task.cancel(refused);
    for (let n = 0; n < 2; n += 1) {
      await expect(parent.context.spawn('child', new Puppet().body)).rejects.toBe(refused);
    }
    parent.return('done');
  });

  it('rejects a spawn that waits for room when its parent is aborted', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor, { children: { limit: 1 } });
    await childOf(parent, 'first');
    const second = new Puppet();
    const spawn = parent.context.spawn('second', second.body);
    expect(await stateOf(spawn)).toBe('pending');
    task.cancel(refused);
    await expect(spawn).rejects.toBe(refused);
    await task.settled;
    expect(second.starts).toBe(0);
  });

  it('waits for a spawn that waits for room, though its body does not', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor, { children: { limit: 1 } });
    const [first] = await childOf(parent, 'first');
    const second = new Puppet();
    const spawn = parent.context.spawn('second', second.body);
    parent.return('done');
    first.return('done');
    const secondTask = await spawn;
    expect([task.state, secondTask.state]).toEqual(['running', 'running']);
    second.return('done');
    expect(await task.outcome).toMatchObject({ status: 'succeeded' });
  });

  it('does not wait for a spawn that found the task of its key elsewhere', async () => {
    const { supervisor } = setUp({ limit: 2 });
    const [parent, task] = parentIn(supervisor, { children: { limit: 1 } });
    const [first] = await childOf(parent, 'first');
    const spawn = parent.context.spawn('second', new Puppet().body, { key: 'k' });
    const elsewhere = new Puppet();
    const known = taken(supervisor.trySpawn('elsewhere', elsewhere.body, { key: 'k' }));
    parent.return('done');
    first.return('done');
    expect(await spawn).toBe(known);
    expect(await task.outcome).toMatchObject({ status: 'succeeded' });
    elsewhere.return('done');
  });

  it('refuses to spawn in a parent that has ended', async () => {
    const { supervisor } = setUp();
    const [parent, task] = parentIn(supervisor);
    parent.return('done');
    await task.settled;
    await expect(parent.context.spawn('child', new Puppet().body)).rejects.toThrow(
      '"parent" has ended',
    );
  });
});

describe('the slots of children', () => {
  it('are not the supervisor’s: a parent that waits for its child does not wait for ever', async () => {
    const { supervisor } = setUp({ limit: 1 });
    const task = taken(
      supervisor.trySpawn('parent', async (context) => {
        const child = await context.spawn('child', async () => 'value');
        const outcome = await child.outcome;
        return outcome.status;
      }),
    );
    expect(await task.outcome).toMatchObject({ status: 'succeeded', value: 'succeeded' });
  });

  it('have a bound for each parent', async () => {
    const { supervisor, clock } = setUp({ limit: 1, pendingLimit: 0 });
    const [parent] = parentIn(supervisor, { children: { limit: 2, pendingLimit: 1 } });
    const [first] = await childOf(parent, 'first');
    await childOf(parent, 'second');
    const [third, thirdTask] = await childOf(parent, 'third');
    const fourth = parent.context.spawn('fourth', new Puppet().body);
    expect([thirdTask.state, third.starts]).toEqual(['pending', 0]);
    expect(await stateOf(fourth)).toBe('pending');
    first.return('done');
    expect(await stateOf(fourth)).toBe('fulfilled');
    expect(third.starts).toBe(1);
    const close = supervisor.close();
    await clock.advanceAsync(100);
    expect((await close).stuck.map(({ name }) => name)).toContain('third');
  });

  it('are refused from the first instruction of close() on', async () => {
    const { supervisor, clock } = setUp();
    const [parent] = parentIn(supervisor, { children: { limit: 1 } });
    await childOf(parent, 'first');
    const waiting = parent.context.spawn('second', new Puppet().body);
    const close = supervisor.close({ graceTimeoutMs: 50, closeTimeoutMs: 50 });
    await expect(waiting).rejects.toThrow(SpawnRefusedError);
    await expect(parent.context.spawn('third', new Puppet().body)).rejects.toThrow(
      SpawnRefusedError,
    );
    await clock.advanceAsync(100);
    expect(await close).toMatchObject({ finished: 0, cancelled: 2, stuck: [] });
  });

  it('cancelled by a close in its grace leave no parent that calls itself done', async () => {
    const { supervisor, clock } = setUp();
    const [parent, task] = parentIn(supervisor, { children: { limit: 1, pendingLimit: 5 } });
    const [first] = await childOf(parent, 'first');
    const [second, secondTask] = await childOf(parent, 'second');
    parent.return('both done');
    const close = supervisor.close({ graceTimeoutMs: 500, closeTimeoutMs: 100 });
    first.return('done');
    await clock.advanceAsync(1);
    await close;
    expect([second.starts, secondTask.state]).toEqual([0, 'settled']);
    expect(await task.outcome).toMatchObject({
      status: 'cancelled',
      started: true,
      reason: { message: 'the supervisor "fleet" was closed' },
    });
  });

  it('throws for a bound that makes no sense', () => {
    const { supervisor } = setUp();
    const options = { children: { limit: 0 } };
    expect(() => supervisor.trySpawn('parent', async () => {}, options)).toThrow(RangeError);
  });
});
