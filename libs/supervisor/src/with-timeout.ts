import { Cancellation, SignalSource } from './abort-source.js';
import { type Clock, systemClock } from './clock.js';
import { DeadlineExceededError } from './errors.js';
import { warnLateError } from './late-errors.js';
import { type LateErrorListener, waitUnlessAborted } from './wait.js';

/** What else `withTimeout` may be told. */
export interface TimeoutOptions {
  /** Gives up early, with this signal's reason. */
  readonly signal?: AbortSignal;
  /** What is waited for, for the error's text. */
  readonly what?: string;
  /** Hears of a rejection that comes after the time was up; a process warning by default. */
  readonly onLateError?: LateErrorListener;
  readonly clock?: Clock;
}

/**
 * Settles as `work` does, or rejects after `ms` milliseconds with a DeadlineExceededError (`timeout`),
 * or with the reason of `options.signal`. A function gets a signal that is aborted, with the same
 * reason, when the wait is given up; it is not called if `options.signal` was aborted before. The
 * bound is on the caller: what `work` does later is only watched for a rejection. Neither timer nor
 * listener outlives the call's result.
 */
export function withTimeout<T>(
  work: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>),
  ms: number,
  options: TimeoutOptions = {},
): Promise<T> {
  const { signal, what = 'the operation', onLateError = warnLateError } = options;
  const clock = options.clock ?? systemClock;
  const cancellation = new Cancellation();
  if (signal?.aborted) cancellation.abort(signal.reason);
  const unsubscribe =
    signal && new SignalSource(signal).onAbort(() => cancellation.abort(signal.reason));
  const timer = clock.setTimer(ms, () =>
    cancellation.abort(new DeadlineExceededError(what, 'timeout', ms)),
  );
  return waitUnlessAborted(begin(work, cancellation), cancellation, onLateError, () => {
    timer.cancel();
    unsubscribe?.();
  });
}

function begin<T>(
  work: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>),
  cancellation: Cancellation,
): PromiseLike<T> {
  if (typeof work !== 'function') return work;
  if (cancellation.aborted) return new Promise<never>(() => {});
  try {
    return work(cancellation.signal);
  } catch (error) {
    return Promise.reject(error);
  }
}
