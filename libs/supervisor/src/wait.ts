import type { AbortSource } from './abort-source.js';
import type { Clock } from './clock.js';
import { Deferred } from './deferred.js';
import { answersAbort } from './errors.js';

/** Hears of an error that has nobody left to throw it to. */
export type LateErrorListener = (error: unknown) => void;

/**
 * Settles as `promise` does, or rejects with the source's reason as soon as that is aborted,
 * whichever comes first. Keeps nothing on the source afterwards, and stays attached to the loser: a
 * rejection that comes later goes to `onLate`, unless it merely answers the abort. The rejection by
 * abort is never an unhandled one: the reason is known elsewhere. `release` runs once, at the end
 * of the wait.
 */
export function waitUnlessAborted<T>(
  promise: PromiseLike<T>,
  source: AbortSource,
  onLate: LateErrorListener,
  release?: () => void,
): Promise<T> {
  const result = new Deferred<T>();
  let ended = false;
  let unsubscribe: (() => void) | undefined;
  const end = (): boolean => {
    if (ended) return false;
    ended = true;
    unsubscribe?.();
    release?.();
    return true;
  };
  promise.then(
    (value) => {
      if (end()) result.resolve(value);
    },
    (error: unknown) => {
      if (end()) result.reject(error);
      else if (!answersAbort(error, source.reason)) onLate(error);
    },
  );
  const abort = (): void => {
    if (end()) result.rejectHandled(source.reason);
  };
  if (source.aborted) abort();
  else if (!ended) unsubscribe = source.onAbort(abort);
  return result.promise;
}

/**
 * Resolves after `ms`, or rejects with the source's reason as soon as that is aborted. Leaves
 * neither timer nor listener.
 */
export function sleepUnlessAborted(
  clock: Clock,
  ms: number,
  source: AbortSource | undefined,
): Promise<void> {
  const result = new Deferred();
  if (source?.aborted) {
    result.rejectHandled(source.reason);
    return result.promise;
  }
  const timer = clock.setTimer(ms, () => {
    unsubscribe?.();
    result.resolve();
  });
  const unsubscribe = source?.onAbort(() => {
    timer.cancel();
    result.rejectHandled(source.reason);
  });
  return result.promise;
}
