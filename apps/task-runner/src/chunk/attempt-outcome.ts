import { SignalboxError } from '#contracts';
import type { Outcome } from '#supervisor';
import { errorText } from '../plugins/checked-result.js';
import type { AttemptFacts, PluginResult } from '../plugins/plugin.js';
import type { AttemptEnd } from './attempt-end.js';
import { AttemptTimeoutError } from './attempt-timeout.js';

/** An attempt's end without its times and its output. */
export type AttemptVerdict = DistributiveOmit<AttemptEnd, 'startedAt' | 'endedAt' | 'output'>;

/**
 * How an attempt ended, from what its plugin did and what it was asked to do. What a plugin did in
 * the end is believed, unless its time was up.
 *
 * | the plugin        | not aborted     | its time was up | aborted from outside |
 * | ----------------- | --------------- | --------------- | -------------------- |
 * | returned a result | that            | timed-out       | that                 |
 * | returned aborted  | aborted         | timed-out       | aborted              |
 * | threw             | failed          | timed-out       | aborted              |
 * | did not end       | –               | timed-out, end unknown | aborted, end unknown |
 *
 * @param reason why it was aborted; nothing when it was not.
 */
export function attemptVerdict(outcome: Outcome<PluginResult>, reason: unknown): AttemptVerdict {
  const facts = factsOf(outcome);
  if (reason instanceof AttemptTimeoutError) {
    const message = reason.message + (outcome.stuck ? ', and its plugin did not stop' : '');
    return { ...facts, state: 'timed-out', code: 'timed-out', message, retryable: true };
  }
  switch (outcome.status) {
    case 'succeeded':
      return verdictOf(outcome.value);
    case 'failed':
      return failedBy(outcome.error);
    case 'cancelled':
    case 'timed-out':
      return { ...facts, state: 'aborted' };
  }
}

function verdictOf(result: PluginResult): AttemptVerdict {
  return result.state === 'failed' ? { ...result, retryable: result.retryable ?? true } : result;
}

function failedBy(error: unknown): AttemptVerdict {
  const { code, retryable } =
    error instanceof SignalboxError ? error : { code: 'plugin-failed', retryable: true };
  return { state: 'failed', code, message: errorText(error), retryable };
}

function factsOf(outcome: Outcome<PluginResult>): AttemptFacts {
  if (outcome.stuck) return { termination: 'unknown' };
  if (outcome.status !== 'succeeded') return {};
  const { exitCode, httpStatus, termination } = outcome.value;
  return {
    ...(exitCode !== undefined && { exitCode }),
    ...(httpStatus !== undefined && { httpStatus }),
    ...(termination !== undefined && { termination }),
  };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
