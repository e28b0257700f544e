/** The same work done four ways: async functions that do nothing, all added at once, then all awaited. */
import { Effect, Semaphore } from 'effect';
import PQueue from 'p-queue';
import { type Body, type SpawnOptions, Supervisor } from '#supervisor';

/** Runs `count` tasks, at most `concurrency` at once; resolves with how many are known to have succeeded. */
export type Rival = (count: number, concurrency: number) => Promise<number>;

const body = async (): Promise<void> => {};

/** Through a supervisor, each task with these options. */
export function supervised(options: SpawnOptions = {}): Rival {
  return async (count, limit) => {
    await using supervisor = new Supervisor({ name: 'bench', limit, pendingLimit: count });
    const ends = Array.from({ length: count }, () => outcome(supervisor, body, { ...options }));
    const outcomes = await Promise.all(ends);
    return outcomes.filter(({ status }) => status === 'succeeded').length;
  };
}

/** The outcome of a task that finds room. */
export function outcome(supervisor: Supervisor, work: Body<void>, options: SpawnOptions) {
  const task = supervisor.trySpawn('nothing', work, options);
  if (typeof task === 'string') throw new Error(`The supervisor refused a task: ${task}.`);
  return task.outcome;
}

/** Through a p-queue, perhaps with a timeout in milliseconds for each task. */
export function queued(timeout?: number): Rival {
  return async (count, concurrency) => {
    const queue = new PQueue({ concurrency, timeout });
    const ends = Array.from({ length: count }, () => queue.add(body));
    return (await Promise.all(ends)).length;
  };
}

/** Through a semaphore of Effect, a fiber for each task. */
export const fibers: Rival = async (count, concurrency) => {
  const semaphore = Semaphore.makeUnsafe(concurrency);
  const tasks = Array.from({ length: count }, () =>
    semaphore.withPermits(1)(Effect.promise(() => body())),
  );
  const ends = await Effect.runPromise(Effect.all(tasks, { concurrency: 'unbounded' }));
  return ends.length;
};

/** The least that can be stopped: a call with an AbortController of its own, bounded by nothing. */
export const bare: Rival = async (count) => {
  const cancellable = async (signal: AbortSignal): Promise<void> => signal.throwIfAborted();
  const ends = Array.from({ length: count }, () => cancellable(new AbortController().signal));
  return (await Promise.all(ends)).length;
};
