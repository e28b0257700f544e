/** How delays between attempts grow. */
export interface JitterOptions {
  /** Upper bound of the first delay, in milliseconds. */
  readonly baseMs: number;
  /** Upper bound of every delay, in milliseconds. */
  readonly capMs: number;
  /** A number in [0, 1); `Math.random` unless a test says otherwise. */
  readonly random?: () => number;
}

/**
 * Milliseconds to wait before the next try after `attempt` failures in a row (0 for the first):
 * anything between 0 and `baseMs × 2^attempt`, at most `capMs`. The full range keeps many clients
 * that failed together from coming back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function fullJitter(attempt: number, { baseMs, capMs, random }: JitterOptions): number {
  return (random ?? Math.random)() * Math.min(capMs, baseMs * 2 ** attempt);
}
