import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES, isErrorCode } from './error-codes.js';
import { InvalidMessageError } from './invalid-message-error.js';
import {
  CancelledError,
  DependencyUnavailableError,
  InterruptedError,
  LeaseLostError,
  PluginFailedError,
  SignalboxError,
  TimedOutError,
} from './signalbox-error.js';

describe('an error', () => {
  it.each([
    [new PluginFailedError('exit-code', 'x'), 'PluginFailedError', 'exit-code', false],
    [new TimedOutError('x'), 'TimedOutError', 'timed-out', true],
    [
      new TimedOutError('x', { code: 'execution-timeout', retryable: false }),
      'TimedOutError',
      'execution-timeout',
      false,
    ],
    [new CancelledError('x'), 'CancelledError', 'cancelled', false],
    [new LeaseLostError('x'), 'LeaseLostError', 'lease-lost', false],
    [new InterruptedError('x'), 'InterruptedError', 'interrupted', true],
    [
      new DependencyUnavailableError('x'),
      'DependencyUnavailableError',
      'dependency-unavailable',
      true,
    ],
    [new InvalidMessageError('not-json', 'x'), 'InvalidMessageError', 'not-json', false],
  ])('%s says what it is', (error, name, code, retryable) => {
    expect(error).toBeInstanceOf(SignalboxError);
    expect(error).toMatchObject({ name, code, retryable, message: 'x' });
    expect(isErrorCode(error.code)).toBe(true);
  });

  it('keeps what it came from', () => {
    const cause = new Error('socket hang up');
    expect(new DependencyUnavailableError('x', { cause }).cause).toBe(cause);
    expect(new SignalboxError('internal', 'x')).not.toHaveProperty('cause');
  });
});

describe('the error codes', () => {
  it.each(Object.entries(ERROR_CODES))(
    '%s is a slug with a meaning in one line',
    (code, meaning) => {
      expect(code).toMatch(/^[a-z0-9-]{1,64}$/);
      expect(meaning).toMatch(/^[A-Z][^\n]{10,140}\.$/);
    },
  );

  it('do not include what objects inherit', () => {
    expect(isErrorCode('toString')).toBe(false);
    expect(isErrorCode(undefined)).toBe(false);
  });
});
