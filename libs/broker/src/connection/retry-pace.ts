import { fullJitter, type JitterOptions } from '#supervisor';

/** What lasted this long was no failure. */
const LONG_LIFE_MS = 5_000;

/**
 * Paces attempts at something that is meant to last, such as a connection. After a failure the pause grows, with full jitter; so it
 * does when what was made is lost again and again. The first loss is answered at once.
 */
export class RetryPace {
  private failures = 0;

  constructor(private readonly backoff: JitterOptions) {}

  /** Milliseconds to pause after an attempt that failed. */
  afterFailure(): number {
    this.failures += 1;
    return fullJitter(this.failures - 1, this.backoff);
  }

  /** Milliseconds to pause after the loss of something that lasted `livedMs`. */
  afterLoss(livedMs: number): number {
    if (livedMs >= LONG_LIFE_MS) this.failures = 0;
    this.failures += 1;
    return this.failures === 1 ? 0 : fullJitter(this.failures - 2, this.backoff);
  }
}
