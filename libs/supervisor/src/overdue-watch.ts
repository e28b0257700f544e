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
  readonly #timers: Timer[] = [];

  constructor(task: SupervisedTask) {
    this.#task = task;
  }

  /** Its abort was asked for. */
  begin(): void {
    const { owner, options, clock } = this.#task;
    const { slowCloseMs, deadlineFactor } = owner.overdue;
    const { runDeadlineMs = Infinity } = options;
    this.#findAfter(slowCloseMs, 'slow-close');
    const ranMs = this.#task.runningMs(clock.now()) ?? 0;
    // In this order, so that no deadline of 0 meets a factor without an end.
    if (runDeadlineMs > 0) this.#findAfter(deadlineFactor * runDeadlineMs - ranMs, 'past-deadline');
  }

  found(kind: OverdueKind): void {
    this.kind = kind;
    this.#task.owner.taskOverdue(this.#task, kind);
  }

  end(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  #findAfter(ms: number, kind: OverdueKind): void {
    if (ms < Infinity) this.#timers.push(this.#task.clock.setTimer(ms, () => this.found(kind)));
  }
}
