const FIRST_MS = 250;
const LONGEST_MS = 10_000;
/** A service that ran this long has got over what killed it before. */
const STEADY_MS = 30_000;

/** How long to wait before a service that died is started again: longer each time it dies early. */
export class Backoff {
  #deaths = 0;

  /** @param ranMs how long it had run */
  next(ranMs: number): number {
    if (ranMs >= STEADY_MS) this.#deaths = 0;
    const waitMs = Math.min(FIRST_MS * 2 ** this.#deaths, LONGEST_MS);
    this.#deaths++;
    return waitMs;
  }
}
