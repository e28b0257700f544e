import fc from 'fast-check';
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from 'node:assert';
import { getEventListeners } from 'node:events';
import {
  ManualClock,
  type Outcome,
  SpawnRefusedError,
  Supervisor,
  type Task,
  turn,
} from '../src/index.js';
import { type Bounds, HOOK_CLOSE, Model } from './model.js';
import { HOOK_PLAN, type ModelTask, type Plan } from './model-task.js';
import { Puppet } from './puppet.js';

const OTHER = new Error('something else broke');

/** The real supervisor, driven by the same commands as the model. */
class Real {
  readonly clock = new ManualClock();
  readonly stop = new AbortController();
  readonly puppets: Puppet[] = [];
  readonly plans: Plan[] = [];
  readonly spawned: (Task<string> | 'refused' | 'waiting')[] = [];
  /** The tasks in the order in which they were decided. */
  readonly decided: Task[] = [];
  readonly supervisor: Supervisor;

  constructor({ limit, pendingLimit, closeTimeoutMs, maxReplaced }: Bounds) {
    this.supervisor = new Supervisor({
      name: 'real',
      limit,
      pendingLimit,
      closeTimeoutMs,
      onStuck: maxReplaced > 0 ? 'replace' : 'hold',
      maxStuck: Math.max(1, maxReplaced),
      clock: this.clock,
      onOutcome: (outcome, task) => this.#hook(outcome, task),
      onLateError: () => {},
    });
  }

  #hook(_: Outcome, task: Task): void {
    this.decided.push(task);
    const does = this.plans[Number(task.name)]?.hook;
    if (does === 'spawns') this.spawn(HOOK_PLAN);
    if (does === 'tries') this.spawn({ ...HOOK_PLAN, waits: false });
    if (does === 'closes') void this.supervisor.close(HOOK_CLOSE);
  }

  spawn(plan: Plan): void {
    const { parent: parentAt, waits, group, reaction, key, followsSignal, queueMs, runMs } = plan;
    const parent = parentAt === undefined ? undefined : nth(this.puppets, parentAt);
    const puppet = new Puppet();
    const at = this.puppets.push(puppet) - 1;
    this.plans.push(plan);
    const body: Puppet['body'] = (context) => {
      const end = puppet.body(context);
      if (reaction === 'obeys') puppet.onAbort((reason) => puppet.throw(reason));
      if (reaction === 'returns') puppet.onAbort(() => puppet.return('all the same'));
      return end;
    };
    const signal = followsSignal ? this.stop.signal : undefined;
    const options = {
      group,
      key,
      signal,
      queueDeadlineMs: queueMs,
      runDeadlineMs: runMs,
      children: { limit: plan.childLimit, onFailure: plan.onFailure },
    };
    if (parent !== undefined && parent.starts > 0) {
      const refused = (): string => (this.spawned[at] = 'refused');
      this.spawned[at] = 'waiting';
      parent.context
        .spawn(String(at), body, options)
        .then((task) => (this.spawned[at] = task), refused);
    } else if (waits) {
      this.spawned[at] = 'waiting';
      this.supervisor.spawn(String(at), body, options).then(
        (task) => (this.spawned[at] = task),
        (error: unknown) => {
          if (error instanceof SpawnRefusedError) this.spawned[at] = 'refused';
          else throw error;
        },
      );
    } else {
      const task = this.supervisor.trySpawn(String(at), body, options);
      this.spawned[at] = typeof task === 'string' ? 'refused' : task;
    }
  }
}

/** One step, taken by both; afterwards they must agree. */
class Step implements fc.AsyncCommand<Model, Real> {
  constructor(
    private readonly text: string,
    private readonly inModel: (model: Model) => void,
    private readonly inReal: (real: Real) => unknown,
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    this.inModel(model);
    await this.inReal(real);
    await turn();
    agree(model, real);
    keepPromises(model, real);
  }

  toString(): string {
    return this.text;
  }
}

function agree(model: Model, real: Real): void {
  const tasks = model.tasks.map((task) => task.duplicateOf ?? task);
  deepEqual(
    real.spawned.map((task, at) => [
      firstOrState(real.spawned, at, typeof task === 'string' ? task : task.state),
      real.puppets[at]?.starts,
    ]),
    model.tasks.map(({ starts }, at) => [firstOrState(tasks, at, tasks[at]?.state), starts]),
  );
  const { occupied, pending, waiting, closed } = real.supervisor.inspect();
  deepEqual(
    { occupied, pending, waiting, closed },
    {
      occupied: model.root.occupied,
      pending: model.root.pending.length,
      waiting: model.root.waiting.length,
      closed: model.closed,
    },
  );
}

/** The state of a task, or, when the same task was spawned before, where. */
function firstOrState(tasks: readonly unknown[], at: number, state: string | undefined): unknown {
  const first = typeof tasks[at] === 'string' ? at : tasks.indexOf(tasks[at]);
  return first < at ? first : state;
}

function keepPromises(model: Model, real: Real): void {
  for (const admission of new Set(model.tasks.map((task) => task.admission))) {
    const busy = model.tasks.filter((task) => task.admission === admission && isBusy(task));
    const holders = busy.filter(({ slot }) => slot === 'held');
    ok(holders.length <= admission.limit, 'more bodies than the limit allows');
    ok(busy.length - holders.length <= model.replaced, 'more slots replaced than allowed');
  }
  ok(model.replaced <= model.bounds.maxReplaced, 'more slots replaced than allowed');
  const decided = model.tasks.filter(({ outcome }) => outcome !== undefined);
  equal(real.decided.length, decided.length, 'one outcome for every decided task');
  const order = new Map(real.decided.map(({ name }, at) => [Number(name), at]));
  for (const [at, task] of model.tasks.entries()) {
    const parentAt = task.parent === undefined ? -1 : model.tasks.indexOf(task.parent);
    const parentDecided = order.get(parentAt);
    if (parentDecided === undefined || !task.parent?.children.includes(task)) continue;
    ok((order.get(at) ?? Infinity) < parentDecided, 'a parent was decided before its child');
  }
}

function isBusy({ state }: ModelTask): boolean {
  return state === 'running' || state === 'closing' || state === 'stuck';
}

const key = fc.integer({ min: 1, max: 8 }).map((n) => `key ${n}`);

const plan: fc.Arbitrary<Plan> = fc.record({
  parent: fc.option(fc.nat(30), { nil: undefined, freq: 3 }),
  group: fc.constantFrom(undefined, 'a', 'b'),
  childLimit: fc.integer({ min: 1, max: 2 }),
  onFailure: fc.constantFrom('fail-fast', 'collect'),
  waits: fc.boolean(),
  reaction: fc.constantFrom('obeys', 'returns', 'ignores'),
  key: fc.option(key, { nil: undefined, freq: 2 }),
  followsSignal: fc.boolean(),
  queueMs: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined, freq: 2 }),
  runMs: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined, freq: 2 }),
  hook: fc.oneof(
    { weight: 12, arbitrary: fc.constant('nothing' as const) },
    { weight: 4, arbitrary: fc.constantFrom('spawns' as const, 'tries' as const) },
    { weight: 1, arbitrary: fc.constant('closes' as const) },
  ),
});

const which = fc.nat(30);

function nth<T>(list: readonly T[], at: number): T | undefined {
  return list[at % Math.max(1, list.length)];
}

const spawns = plan.map(
  (one) =>
    new Step(
      `spawn(${JSON.stringify(one)})`,
      (model) => model.spawn(one),
      (real) => real.spawn(one),
    ),
);

const cancels = which.map(
  (at) =>
    new Step(
      `cancel(${at})`,
      (model) => {
        const task = nth(model.tasks, at);
        const found = task?.duplicateOf ?? task;
        if (found !== undefined && found.state !== 'waiting') model.cancel(found);
      },
      (real) => {
        const task = nth(real.spawned, at);
        if (typeof task === 'object') task.cancel('enough');
      },
    ),
);

const ends = fc.tuple(which, fc.constantFrom('value' as const, 'error' as const)).map(
  ([at, how]) =>
    new Step(
      `settle(${at}, ${how})`,
      (model) => {
        const task = nth(model.tasks, at);
        if (task !== undefined && task.starts > 0) model.settle(task, how);
      },
      (real) => {
        const puppet = nth(real.puppets, at);
        if (puppet === undefined || puppet.starts === 0) return;
        if (how === 'value') puppet.return('done');
        else puppet.throw(OTHER);
      },
    ),
);

const cancelsByKey = key.map(
  (one) =>
    new Step(
      `cancelKey(${one})`,
      (model) => model.cancelKey(one),
      (real) => real.supervisor.cancel(one, 'enough'),
    ),
);

const advances = fc.integer({ min: 1, max: 40 }).map(
  (ms) =>
    new Step(
      `advance(${ms})`,
      (model) => model.advance(ms),
      (real) => real.clock.advanceAsync(ms),
    ),
);

const aborts = fc.constant(
  new Step(
    'abortSignal',
    (model) => model.abortSignal(),
    (real) => real.stop.abort(),
  ),
);

const closes = fc.tuple(fc.constantFrom(0, 15), fc.constantFrom(5, 20)).map(
  ([graceTimeoutMs, closeTimeoutMs]) =>
    new Step(
      `close(${graceTimeoutMs}, ${closeTimeoutMs})`,
      (model) => model.close(graceTimeoutMs, closeTimeoutMs),
      (real) => void real.supervisor.close({ graceTimeoutMs, closeTimeoutMs }),
    ),
);

// Rare: after these, not much happens any more.
const step = fc.oneof(
  { weight: 20, arbitrary: spawns },
  { weight: 12, arbitrary: ends },
  { weight: 8, arbitrary: cancels },
  { weight: 8, arbitrary: advances },
  { weight: 2, arbitrary: cancelsByKey },
  { weight: 1, arbitrary: aborts },
  { weight: 1, arbitrary: closes },
);

const bounds: fc.Arbitrary<Bounds> = fc.record({
  limit: fc.integer({ min: 1, max: 3 }),
  pendingLimit: fc.nat(3),
  closeTimeoutMs: fc.constantFrom(10, 25),
  maxReplaced: fc.nat(2),
});

/** Whatever happened: closing ends in time, the bodies' ends are noticed, and nothing is left. */
async function end(model: Model, real: Real): Promise<void> {
  const close = real.supervisor.close();
  await real.clock.advanceAsync(100);
  await close;
  real.puppets.forEach((puppet) => puppet.return('at last'));
  await turn();
  const { occupied, stuck, tasks } = real.supervisor.inspect();
  deepEqual({ occupied, stuck, tasks }, { occupied: 0, stuck: 0, tasks: [] });
  equal(real.clock.pendingTimers, 0, 'a timer was left behind');
  equal(getEventListeners(real.stop.signal, 'abort').length, 0, 'a listener was left behind');
  for (const [at, task] of model.tasks.entries()) {
    const spawned = real.spawned[at];
    if (task.outcome === undefined || task.duplicateOf !== undefined) continue;
    if (typeof spawned !== 'object') throw new Error(`task ${at} has no outcome`);
    const { status, stuck: wasStuck, raced } = await spawned.outcome;
    deepEqual({ status, stuck: wasStuck, raced }, task.outcome);
  }
}

/**
 * The supervisor does what the drawing says, for any order of spawns, cancels, ends, deadlines and
 * a close.
 */
export function modelProperty(maxCommands: number): fc.IAsyncProperty<unknown> {
  const steps = fc.commands([step], { maxCommands, size: 'max' });
  return fc.asyncProperty(bounds, steps, async (some, commands) => {
    const model = new Model(some);
    const real = new Real(some);
    await fc.asyncModelRun(() => ({ model, real }), commands);
    await end(model, real);
  });
}
