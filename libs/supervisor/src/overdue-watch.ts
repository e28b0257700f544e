import type { Timer } from './clock.js';
import type { SupervisedTask } from './supervised-task.js';

/**
 * What may be wrong with the time of a task: it closes for too long; it goes on past a multiple of
 * its run deadline; it was decided and has not finished.
 */
export type OverdueKind = 'slow-close' | 'past-deadline' | 'stuck';

/** When a task counts as overdue. */
export interface OverdueLimits {
  /** Milliseconds from the abort. */
  readonly slowCloseMs: number;
  /** A multiple of the task's own run deadline. */
  readonly deadlineFactor: number;
}

/** Watches one task from its abort to its decision: before, its deadlines watch it. */
export class OverdueWatch {
  /** What was found last. */
  kind: OverdueKind | undefined;
  readonly #task: SupervisedTask;
  readonly #timers: Timer[];

  constructor(task: SupervisedTask, runDeadlineMs: number | undefined) {
    const { slowCloseMs, deadlineFactor } = task.owner.overdue;
    this.#task = task;
    this.#timers = [this.#after(slowCloseMs, 'slow-close')];
    if (runDeadlineMs === undefined) return;
    const ranMs = task.runningMs(task.clock.now()) ?? 0;
    this.#timers.push(this.#after(deadlineFactor * runDeadlineMs - ranMs, 'past-deadline'));
  }

  found(kind: OverdueKind): void {
    this.kind = kind;
    this.#task.owner.taskOverdue(this.#task, kind);
  }

  clear(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  #after(ms: number, kind: OverdueKind): Timer {
    return this.#task.clock.setTimer(ms, () => this.found(kind));
  }
}
