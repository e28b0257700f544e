import { describe, expect, it } from '@jest/globals';
import type { AttemptEnd } from '../attempt/attempt-end.js';
import { nextStep } from './next-step.js';
import type { NextStep, StepContext } from './next-step.js';

type Ended = Exclude<AttemptEnd, { kind: 'aborted' }>;

const CONTEXT: StepContext = {
  onEnd: 'reconnect',
  onGap: 'earliest',
  resumed: true,
  unauthorizedBefore: false,
};
const gone: Ended = { kind: 'position-lost', reason: 'gone' };
const unauthorized: Ended = { kind: 'unauthorized', reason: '401' };

describe('nextStep', () => {
  it.each<[string, Ended, Partial<StepContext>, NextStep]>([
    ['reconnects after a clean end', { kind: 'finished' }, {}, { do: 'reconnect' }],
    [
      'stops after a clean end when asked to',
      { kind: 'finished' },
      { onEnd: 'stop' },
      { do: 'stop', reason: 'the source ended' },
    ],
    [
      'stops after 204 in any case',
      { kind: 'no-content' },
      {},
      { do: 'stop', reason: 'the source answered 204: it has nothing more to say' },
    ],
    [
      'reconnects after a break, no earlier than the source asked',
      { kind: 'interrupted', code: 'unexpected-response', reason: '503', retryAfterMs: 7_000 },
      {},
      { do: 'reconnect', code: 'unexpected-response', reason: '503', notBeforeMs: 7_000 },
    ],
    [
      'tries fresh credentials at once',
      unauthorized,
      {},
      { do: 'reconnect', code: 'authentication-failed', reason: '401', atOnce: true },
    ],
    [
      'backs off when fresh credentials are refused too',
      unauthorized,
      { unauthorizedBefore: true },
      { do: 'reconnect', code: 'authentication-failed', reason: '401', atOnce: false },
    ],
    [
      'gives a lost position up',
      gone,
      { onGap: 'latest' },
      { do: 'reconnect', code: 'position-too-old', reason: 'gone', forgetPosition: true },
    ],
    [
      'fails at a lost position when asked to',
      gone,
      { onGap: 'fail' },
      { do: 'fail', code: 'position-too-old', reason: 'gone' },
    ],
    [
      'fails when the source is gone though no position was asked for',
      gone,
      { resumed: false },
      { do: 'fail', code: 'http-status', reason: 'gone' },
    ],
    [
      'fails when another try would end the same way',
      { kind: 'refused', code: 'tls-failed', reason: 'expired' },
      {},
      { do: 'fail', code: 'tls-failed', reason: 'expired' },
    ],
  ])('%s', (_name, end, context, step) => {
    expect(nextStep(end, { ...CONTEXT, ...context })).toEqual(step);
  });
});
