import { describe, expect, it } from '@jest/globals';
import { CancelledError, PluginFailedError } from '#contracts';
import type { Outcome } from '#supervisor';
import type { PluginResult } from '../plugins/plugin.js';
import { attemptVerdict } from './attempt-outcome.js';
import { AttemptTimeoutError } from './attempt-timeout.js';

const flags = { stuck: false, raced: false, suppressed: [] };
const cancelled = new CancelledError('wrong release');
const timeUp = new AttemptTimeoutError(50);

const returned = (value: PluginResult): Outcome<PluginResult> => ({
  ...flags,
  status: 'succeeded',
  value,
});
const threw = (error: unknown): Outcome<PluginResult> => ({ ...flags, status: 'failed', error });
const threwAfter = (reason: Error): Outcome<PluginResult> => ({
  ...flags,
  status: 'cancelled',
  reason,
  started: true,
});
const didNotEnd = (reason: Error): Outcome<PluginResult> => ({
  ...flags,
  status: 'cancelled',
  reason,
  started: true,
  stuck: true,
});

const success: PluginResult = { state: 'succeeded', exitCode: 0 };
const failure: PluginResult = {
  state: 'failed',
  code: 'exit-code',
  message: 'code 3',
  exitCode: 3,
};
const stopped: PluginResult = { state: 'aborted', termination: 'proven' };

describe('how an attempt ended', () => {
  it.each([
    [
      'returned success',
      'was not aborted',
      returned(success),
      undefined,
      { state: 'succeeded', exitCode: 0 },
    ],
    [
      'returned failure',
      'was not aborted',
      returned(failure),
      undefined,
      { state: 'failed', exitCode: 3, retryable: true },
    ],
    ['gave up', 'was not aborted', returned(stopped), undefined, { state: 'aborted' }],
    [
      'threw',
      'was not aborted',
      threw(new Error('bug')),
      undefined,
      { state: 'failed', code: 'plugin-failed', message: 'bug', retryable: true },
    ],
    [
      'threw with a code',
      'was not aborted',
      threw(new PluginFailedError('target-not-allowed', 'no')),
      undefined,
      { state: 'failed', code: 'target-not-allowed', retryable: false },
    ],
    ['returned success', 'was cancelled', returned(success), cancelled, { state: 'succeeded' }],
    ['returned failure', 'was cancelled', returned(failure), cancelled, { state: 'failed' }],
    [
      'returned aborted',
      'was cancelled',
      returned(stopped),
      cancelled,
      { state: 'aborted', termination: 'proven' },
    ],
    ['threw', 'was cancelled', threwAfter(cancelled), cancelled, { state: 'aborted' }],
    [
      'did not end',
      'was cancelled',
      didNotEnd(cancelled),
      cancelled,
      { state: 'aborted', termination: 'unknown' },
    ],
    [
      'returned success',
      'had its time up',
      returned(success),
      timeUp,
      { state: 'timed-out', exitCode: 0 },
    ],
    [
      'returned aborted',
      'had its time up',
      returned(stopped),
      timeUp,
      { state: 'timed-out', code: 'timed-out', termination: 'proven', retryable: true },
    ],
    ['threw', 'had its time up', threwAfter(timeUp), timeUp, { state: 'timed-out' }],
    [
      'did not end',
      'had its time up',
      didNotEnd(timeUp),
      timeUp,
      { state: 'timed-out', termination: 'unknown' },
    ],
  ] as const)(
    'when the plugin %s and the attempt %s',
    (_did, _asked, outcome, reason, expected) => {
      expect(attemptVerdict(outcome, reason)).toMatchObject(expected);
    },
  );
});
