import fc from 'fast-check';
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from 'node:assert';
import { getEventListeners } from 'node:events';
import {
  type Body,
  type Outcome,
  SpawnRefusedError,
  Supervisor,
  type Task,
  type TaskContext,
} from '../src/index.js';
import { ScheduledClock } from './scheduled-clock.js';

/** What a body does, one after the other. */
type Step = 'works' | 'waits' | 'sleeps' | 'shields' | 'spawns' | 'opens a scope' | 'registers';

interface Script {
  readonly steps: readonly Step[];
  readonly throws: boolean;
  readonly key: string | undefined;
  readonly group: string | undefined;
  readonly runDeadlineMs: number | undefined;
  readonly queueDeadlineMs: number | undefined;
  readonly onFailure: 'fail-fast' | 'collect';
}

/** What comes from outside, at any moment. */
type Interruption = 'cancel' | 'cancel by key' | 'abort the signal' | 'close';

const steps: readonly Step[] = [
  'works',
  'waits',
  'sleeps',
  'shields',
  'spawns',
  'opens a scope',
  'registers',
];

const script: fc.Arbitrary<Script> = fc.record({
  steps: fc.array(fc.constantFrom(...steps), { maxLength: 4 }),
  throws: fc.boolean(),
  key: fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined, freq: 3 }),
  group: fc.constantFrom(undefined, 'a', 'b'),
  runDeadlineMs: fc.constantFrom(undefined, 5),
  queueDeadlineMs: fc.constantFrom(undefined, 5),
  onFailure: fc.constantFrom('fail-fast', 'collect'),
});

const interruption = fc.constantFrom<Interruption>(
  'cancel',
  'cancel by key',
  'abort the signal',
  'close',
);

/** One race: everything that could happen next is in the scheduler's hands. */
class Race {
  readonly clock: ScheduledClock;
  readonly supervisor: Supervisor;
  readonly stop = new AbortController();
  readonly tasks: Task[] = [];
  readonly outcomes = new Map<Task, Outcome>();
  readonly thrown: Error[] = [];
  readonly late = new Set<unknown>();
  running = 0;
  closed = false;

  constructor(
    readonly scheduler: fc.Scheduler,
    readonly limit: number,
  ) {
    this.clock = new ScheduledClock(scheduler);
    this.supervisor = new Supervisor({
      name: 'race',
      limit,
      pendingLimit: 2,
      closeTimeoutMs: 10,
      clock: this.clock,
      onOutcome: (outcome, task) => {
        ok(!this.outcomes.has(task), `"${task.name}" was decided twice`);
        this.outcomes.set(task, outcome);
      },
      onLateError: (error) => this.late.add(error),
    });
  }

  async spawn(
    name: string,
    { key, group, runDeadlineMs, queueDeadlineMs, ...rest }: Script,
  ): Promise<void> {
    const { signal } = this.stop;
    const options = { key, group, runDeadlineMs, queueDeadlineMs, signal };
    const children = { limit: 1, onFailure: rest.onFailure };
    const body = this.#counted(name, this.#bodyOf(name, rest.steps, rest.throws));
    try {
      this.tasks.push(await this.supervisor.spawn(name, body, { ...options, children }));
    } catch (error) {
      ok(error instanceof SpawnRefusedError, 'a spawn rejects only when it is refused');
    }
  }

  interrupt(what: Interruption): void {
    if (what === 'cancel') this.tasks[0]?.cancel('enough');
    if (what === 'cancel by key') this.supervisor.cancel('k1', 'enough');
    if (what === 'abort the signal') this.stop.abort();
    if (what !== 'close') return;
    this.closed = true;
    void this.supervisor.close();
  }

  #counted(name: string, body: Body<unknown>): Body<unknown> {
    return async (context) => {
      ok(!this.closed, `"${name}" started after close()`);
      this.running += 1;
      ok(this.running <= this.limit, 'more bodies than the limit allows');
      try {
        await body(context);
      } finally {
        this.running -= 1;
      }
    };
  }

  #bodyOf(name: string, script: readonly Step[], throws: boolean): Body<void> {
    return async (context) => {
      for (const [at, step] of script.entries()) await this.#take(step, `${name}.${at}`, context);
      if (throws) throw this.#error(name);
    };
  }

  async #take(step: Step, name: string, context: TaskContext): Promise<void> {
    const work = (what: string): Promise<void> =>
      this.scheduler.schedule(Promise.resolve(), `${name} ${what}`);
    if (step === 'works') await work('works');
    if (step === 'waits') await context.wait(work('is waited for').then(() => this.#fail(name)));
    if (step === 'sleeps') await context.sleep(3);
    if (step === 'shields') await context.shield(() => work('is shielded'), { timeoutMs: 4 });
    if (step === 'spawns') await context.spawn(name, this.#bodyOf(name, ['works', 'sleeps'], true));
    if (step === 'opens a scope') {
      await context.scope({ name, limit: 2 }, async (scope) => {
        await scope.spawn(`${name} a`, this.#bodyOf(name, ['works'], false));
        await scope.spawn(`${name} b`, this.#bodyOf(name, ['waits'], false));
      });
    }
    if (step === 'registers')
      context.onAbort(() => work('is cleaned up').then(() => this.#fail(name)));
  }

  #error(name: string): Error {
    const error = new Error(`${name} broke`);
    this.thrown.push(error);
    return error;
  }

  #fail(name: string): never {
    throw this.#error(name);
  }

  /** Every error that a body met stands in an outcome, or was reported. */
  isKnown(error: unknown): boolean {
    if (this.late.has(error)) return true;
    return [...this.outcomes.values()].some((outcome) => mentions(outcome, error));
  }
}

function mentions(outcome: Outcome, error: unknown): boolean {
  if (outcome.suppressed.some((one) => isOrHolds(one, error))) return true;
  return outcome.status === 'failed' && isOrHolds(outcome.error, error);
}

function isOrHolds(one: unknown, error: unknown): boolean {
  if (one === error) return true;
  return one instanceof AggregateError && one.errors.some((inner) => isOrHolds(inner, error));
}

/**
 * In whatever order bodies, timers, cancels and a close come: one outcome for each task, no error
 * lost, the limit kept, nothing started after the close, every task settled, nothing left behind.
 */
export function raceProperty(): fc.IAsyncProperty<unknown> {
  const inputs = [
    fc.scheduler(),
    fc.integer({ min: 1, max: 2 }),
    fc.array(script, { minLength: 1, maxLength: 5 }),
    fc.array(interruption, { maxLength: 3 }),
  ] as const;
  return fc.asyncProperty(...inputs, async (scheduler, limit, scripts, interruptions) => {
    const race = new Race(scheduler, limit);
    const spawns = scripts.map(async (one, at) => {
      await scheduler.schedule(Promise.resolve(), `spawn ${at}`);
      await race.spawn(`task ${at}`, one);
    });
    const interrupted = interruptions.map(async (what) => {
      await scheduler.schedule(Promise.resolve(), what);
      race.interrupt(what);
    });
    await scheduler.waitFor(Promise.all([...spawns, ...interrupted]));
    await scheduler.waitFor(Promise.all(race.tasks.map((task) => task.settled)));
    await scheduler.waitFor(race.supervisor.close());
    await scheduler.waitIdle();
    end(race);
  });
}

function end(race: Race): void {
  const { occupied, pending, waiting, tasks } = race.supervisor.inspect();
  deepEqual(
    { occupied, pending, waiting, tasks },
    { occupied: 0, pending: 0, waiting: 0, tasks: [] },
  );
  equal(race.running, 0, 'a body still runs');
  equal(race.clock.pendingTimers, 0, 'a timer was left behind');
  equal(getEventListeners(race.stop.signal, 'abort').length, 0, 'a listener was left behind');
  for (const task of race.tasks) ok(race.outcomes.has(task), `"${task.name}" has no outcome`);
  for (const error of race.thrown) ok(race.isKnown(error), `"${error.message}" was lost`);
}
