/**
 * Node counts timers in a signed 32-bit integer of milliseconds: one ms more and the timer fires at
 * once.
 */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** A timer that has been set. */
export interface Timer {
  /** Forgets the timer. Called after it fired, or twice, it does nothing. */
  cancel(): void;
}

/**
 * Where time comes from. Everything here that waits takes one, so that tests decide what time it
 * is.
 */
export interface Clock {
  /** Milliseconds on a clock that never goes back. Only differences mean something. */
  now(): number;
  /**
   * Calls `fire` once, `ms` milliseconds from now, never before `setTimer` returned. Zero and less
   * mean "as soon as possible", `Infinity` means never. Throws a RangeError for NaN.
   */
  setTimer(ms: number, fire: () => void): Timer;
}

/**
 * The machine's monotonic clock and Node's timers. Delays longer than Node allows are served in
 * parts. A timer that is set keeps the process alive.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer: (ms, fire) => new SystemTimer(checkDelay(ms), fire),
};

/**
 * Returns `ms` if it is a number. Node would take anything else for 1 ms, and a loop would run hot.
 */
export function checkDelay(ms: number): number {
  if (typeof ms === 'number' && !Number.isNaN(ms)) return ms;
  throw new RangeError(`a delay must be a number of milliseconds, got ${String(ms)}`);
}

class SystemTimer implements Timer {
  readonly #fire: () => void;
  #restMs: number;
  #handle: NodeJS.Timeout;

  constructor(ms: number, fire: () => void) {
    this.#fire = fire;
    this.#restMs = Math.max(0, ms);
    this.#handle = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #arm(): NodeJS.Timeout {
    const partMs = Math.min(this.#restMs, MAX_TIMEOUT_MS);
    this.#restMs -= partMs;
    return setTimeout(() => this.#partOver(), partMs);
  }

  #partOver(): void {
    if (this.#restMs > 0) this.#handle = this.#arm();
    else this.#fire();
  }
}
