import { SignalSource } from './abort-source.js';
import { type Clock, systemClock } from './clock.js';
import { sleepUnlessAborted } from './wait.js';

/**
 * Resolves after `ms` milliseconds, or rejects with `signal.reason` as soon as `signal` is aborted
 * (at once, if it was before). Timer and listener are gone afterwards. Any length is right;
 * `Infinity` sleeps until aborted.
 */
export function sleep(ms: number, signal?: AbortSignal, clock: Clock = systemClock): Promise<void> {
  return sleepUnlessAborted(clock, ms, signal && new SignalSource(signal));
}
