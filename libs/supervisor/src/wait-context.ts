import type { Cancellation } from './abort-source.js';
import type { Clock } from './clock.js';
import type { WaitContext } from './task-context.js';
import { turn } from './turn.js';
import { sleepUnlessAborted, waitUnlessAborted } from './wait.js';

/** Whose waits they are: a task, or one of its shields. */
export interface WaitOwner {
  readonly cancellation: Cancellation;
  readonly clock: Clock;
  /** When the present phase ends, on the clock; `Infinity` when it has no end. */
  readonly endsAtMs: number;
  lateError(error: unknown): void;
}

/** The waits of one owner. */
export class OwnedWaits implements WaitContext {
  readonly #owner: WaitOwner;

  constructor(owner: WaitOwner) {
    this.#owner = owner;
  }

  get signal(): AbortSignal {
    return this.#owner.cancellation.signal;
  }

  remainingMs(): number {
    return Math.max(0, this.#owner.endsAtMs - this.#owner.clock.now());
  }

  checkpoint(): Promise<void> {
    return this.wait(turn());
  }

  sleep(ms: number): Promise<void> {
    return sleepUnlessAborted(this.#owner.clock, ms, this.#owner.cancellation);
  }

  wait<T>(promise: PromiseLike<T>): Promise<T> {
    const owner = this.#owner;
    return waitUnlessAborted(promise, owner.cancellation, (error) => owner.lateError(error));
  }
}
