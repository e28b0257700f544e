import type { Clock } from './clock.js';
import type { CloseReport } from './inspection.js';
import type { Outcome } from './outcome.js';
import type { SupervisedTask } from './supervised-task.js';

/** How long closing may take, in milliseconds. */
export interface CloseOptions {
  /** For running tasks to come to their own end, before they are aborted. */
  readonly graceTimeoutMs: number;
  /** For aborted tasks to stop, before they are given up. */
  readonly closeTimeoutMs: number;
}

/**
 * Ends all `tasks`, within grace plus closing time, whatever their bodies do: pending tasks at
 * once, running ones on their own, then by abort, then without them.
 */
export async function endTasks(
  tasks: readonly SupervisedTask[],
  reason: Error,
  { graceTimeoutMs, closeTimeoutMs }: CloseOptions,
  clock: Clock,
): Promise<CloseReport> {
  for (const task of tasks) if (task.state === 'pending') task.cancel(reason);
  const outcomes = Promise.all(tasks.map((task) => task.outcome));
  if (graceTimeoutMs > 0) await within(graceTimeoutMs, outcomes, clock);
  for (const task of tasks) {
    task.cancel(reason);
    task.closeWithin(closeTimeoutMs);
  }
  return reportOn(tasks, await outcomes, clock);
}

/** Waits for `done`, at most `ms`. */
function within(ms: number, done: Promise<unknown>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(ms, resolve);
    void done.then(() => {
      timer.cancel();
      resolve();
    });
  });
}

function reportOn(
  tasks: readonly SupervisedTask[],
  outcomes: readonly Outcome[],
  clock: Clock,
): CloseReport {
  const nowMs = clock.now();
  const stuck = tasks.filter((task) => task.state === 'stuck');
  const ended = outcomes.filter((_, at) => tasks[at]?.state === 'settled');
  const cancelled = ended.filter(({ status }) => status === 'cancelled').length;
  return {
    finished: ended.length - cancelled,
    cancelled,
    stuck: stuck.map((task) => task.info(nowMs)),
  };
}
