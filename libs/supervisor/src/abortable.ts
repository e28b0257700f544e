import { SignalSource } from './abort-source.js';
import { warnLateError } from './late-errors.js';
import { type LateErrorListener, waitUnlessAborted } from './wait.js';

/**
 * Settles as `promise` does, or rejects with `signal.reason` as soon as `signal` is aborted, even
 * if it was before. This is `Promise.race` against a signal without its faults: the listener is
 * removed, and a late rejection of `promise` goes to `onLateError` (by default a process warning)
 * instead of ending the process. It does not stop the work behind `promise`: give that the signal
 * too. A promise keeps a reaction of every call until it settles: for something that is waited for
 * again and again, use a Gate.
 */
export function abortable<T>(
  promise: PromiseLike<T>,
  signal: AbortSignal,
  onLateError: LateErrorListener = warnLateError,
): Promise<T> {
  return waitUnlessAborted(promise, new SignalSource(signal), onLateError);
}
