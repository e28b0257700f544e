import { sleep, systemClock } from '#supervisor';
import type { Clock } from '#supervisor';

/** Keeps the bytes that are read below a rate; what was not used within a second is not saved up. */
export class RateLimit {
  readonly #bytesPerMs: number;
  readonly #clock: Clock;
  /** Until when the bytes taken so far use up the rate. */
  #spentUntil = -Infinity;

  constructor(bytesPerSecond: number, clock: Clock = systemClock) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
    this.#clock = clock;
  }

  /** Counts the bytes, and waits while they are more than the rate allows. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    this.#spentUntil = Math.max(this.#spentUntil, now - 1_000) + bytes / this.#bytesPerMs;
    if (this.#spentUntil > now) await sleep(this.#spentUntil - now, signal, this.#clock);
  }
}
