import { fullJitter } from '#supervisor';

const BASE_MS = 500;
const CAP_MS = 60_000;
const MIN_BASE_MS = 100;
/** A connection that delivered for less is a failure, or accept-then-close makes a hot loop. */
const PROVEN_AFTER_MS = 60_000;

/** How long to wait before the next connection: full jitter that grows with each short connection. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /**
   * The wait in ms after a connection that delivered for so long.
   *
   * @param baseMs what the source asked for with `retry:` (default 500).
   */
  nextMs(deliveredMs: number, baseMs: number = BASE_MS): number {
    if (deliveredMs >= PROVEN_AFTER_MS) this.#failures = 0;
    const base = Math.min(Math.max(baseMs, MIN_BASE_MS), CAP_MS);
    const ms = fullJitter(this.#failures, { baseMs: base, capMs: CAP_MS, random: this.#random });
    this.#failures += 1;
    return ms;
  }
}
