import { Cancellation } from './abort-source.js';
import type { Clock, Timer } from './clock.js';
import { DeadlineExceededError } from './errors.js';
import type { WaitOwner } from './wait-context.js';

/**
 * An abort level of its own for shielded work: nothing from outside aborts it, only its time does.
 */
export class Shield implements WaitOwner {
  readonly cancellation = new Cancellation();
  readonly clock: Clock;
  readonly endsAtMs: number;
  readonly #timer: Timer;
  readonly #onLate: (error: unknown) => void;

  constructor(clock: Clock, what: string, timeoutMs: number, onLate: (error: unknown) => void) {
    this.clock = clock;
    this.endsAtMs = clock.now() + timeoutMs;
    this.#onLate = onLate;
    this.#timer = clock.setTimer(timeoutMs, () =>
      this.cancellation.abort(new DeadlineExceededError(what, 'shield', timeoutMs)),
    );
  }

  lateError(error: unknown): void {
    this.#onLate(error);
  }

  /** Nobody waits for the work any longer. */
  giveUp(reason: unknown): void {
    this.end();
    this.cancellation.abort(reason);
  }

  /** The work is over: its time need not be watched any more. */
  end(): void {
    this.#timer.cancel();
  }
}
