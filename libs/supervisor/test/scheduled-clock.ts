import type fc from 'fast-check';
import type { Clock, Timer } from '../src/index.js';

/**
 * A clock whose timers fire in any order that the scheduler likes: as on a machine that is too busy
 * to be on time. Its time never goes back.
 */
export class ScheduledClock implements Clock {
  readonly #scheduler: fc.Scheduler;
  #nowMs = 0;
  /** Timers that are set, and neither fired nor were cancelled. */
  pendingTimers = 0;

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(ms: number, fire: () => void): Timer {
    const atMs = this.#nowMs + ms;
    let isSet = true;
    const end = (): boolean => {
      const wasSet = isSet;
      if (isSet) this.pendingTimers -= 1;
      isSet = false;
      return wasSet;
    };
    this.pendingTimers += 1;
    const fireIfSet = (): void => {
      if (!end()) return;
      this.#nowMs = Math.max(this.#nowMs, atMs);
      fire();
    };
    if (ms < Infinity) {
      void this.#scheduler.schedule(Promise.resolve(), `timer of ${ms} ms`).then(fireIfSet);
    }
    return { cancel: () => void end() };
  }
}
