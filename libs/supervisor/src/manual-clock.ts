import { checkDelay, type Clock, type Timer } from './clock.js';
import { type Due, DueQueue } from './due-queue.js';
import { turn } from './turn.js';

/**
 * A clock for tests: it stands still until it is told to advance. Starts at 0.
 *
 * ```ts
 * const clock = new ManualClock();
 * const nap = sleep(60_000, signal, clock);
 * await clock.advanceAsync(60_000);
 * await nap;
 * ```
 */
export class ManualClock implements Clock {
  readonly #queue = new DueQueue();
  #nowMs = 0;

  /** Timers that are set and have not fired: 0 when nothing was left behind. */
  get pendingTimers(): number {
    return this.#queue.size;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(ms: number, fire: () => void): Timer {
    return this.#queue.add(this.#nowMs + Math.max(0, checkDelay(ms)), fire, this);
  }

  /**
   * Moves on by `ms` and fires what falls due, in order, each at its own time; timers set meanwhile
   * too. Synchronous: promise reactions run only after it returned. Use `advanceAsync` when they
   * set the next timer.
   */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (this.#fireNext(endMs));
    this.#nowMs = endMs;
  }

  /** Like `advance`, but lets all promise reactions run before it starts and after each timer. */
  async advanceAsync(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    do await turn();
    while (this.#fireNext(endMs));
    this.#nowMs = endMs;
    await turn();
  }

  /** @internal */
  dropped(due: Due): void {
    this.#queue.remove(due);
  }

  #fireNext(endMs: number): boolean {
    const due = this.#queue.takeDue(endMs);
    if (due === undefined) return false;
    this.#nowMs = due.atMs;
    due.fire();
    return true;
  }
}
