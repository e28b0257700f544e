import { TimedOutError } from '#contracts';
import { type Clock, systemClock, type Timer } from '#supervisor';

/**
 * What happens when a target takes too long: its attempt is aborted `timeoutMs` after its plugin was
 * started, by this reason. Once the plugin has ended the attempt, or was given up because it did
 * not, it counts as `timed-out` (attempt-outcome.ts) whatever the plugin says; whether another
 * attempt follows is decided like for any failure (retry.ts).
 *
 * @returns the timer: cancel it when the plugin has returned.
 */
export function limitAttempt(
  timeoutMs: number,
  attempt: AbortController,
  clock: Clock = systemClock,
): Timer {
  return clock.setTimer(timeoutMs, () => attempt.abort(new AttemptTimeoutError(timeoutMs)));
}

/** The reason of an attempt that was aborted because its own time was up. */
export class AttemptTimeoutError extends TimedOutError {
  constructor(timeoutMs: number) {
    super(`the attempt took longer than ${timeoutMs} ms`);
  }
}
