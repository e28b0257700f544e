import { fullJitter } from '#supervisor';
import type { Retries } from '#contracts';
import type { AttemptResult } from './attempt-end.js';

/** No wait between two attempts is longer, unless `backoffMs` itself is. */
const MAX_BACKOFF_MS = 300_000;

/**
 * How long to wait before a target is tried again, or nothing when this was its last attempt:
 * it succeeded, its failure says that nothing would change, or the limit is reached. A timeout is a
 * failure like others.
 *
 * @param failures how many attempts on the target have failed, this one included. Attempts that were
 * lost with an owner are not counted.
 */
export function retryDelayMs(
  end: AttemptResult,
  failures: number,
  { limit, backoffMs }: Retries,
  random: () => number,
): number | undefined {
  if (end.state === 'succeeded' || !end.retryable || failures > limit) return undefined;
  const capMs = Math.max(MAX_BACKOFF_MS, backoffMs);
  return fullJitter(failures - 1, { baseMs: backoffMs, capMs, random });
}
