import { describe, expect, it } from '@jest/globals';
import {
  CANCELLED,
  EXECUTION_TIMED_OUT,
  NOT_STARTED_IN_TIME,
  TOO_MANY_FAILURES,
  mergeMarks,
} from './mark.js';

describe('S6: marks', () => {
  it.each([
    { present: null, next: CANCELLED, stands: CANCELLED },
    { present: CANCELLED, next: EXECUTION_TIMED_OUT, stands: CANCELLED },
    { present: EXECUTION_TIMED_OUT, next: CANCELLED, stands: EXECUTION_TIMED_OUT },
    { present: NOT_STARTED_IN_TIME, next: CANCELLED, stands: NOT_STARTED_IN_TIME },
    { present: TOO_MANY_FAILURES, next: CANCELLED, stands: CANCELLED },
    { present: TOO_MANY_FAILURES, next: EXECUTION_TIMED_OUT, stands: EXECUTION_TIMED_OUT },
    { present: CANCELLED, next: TOO_MANY_FAILURES, stands: CANCELLED },
  ])('after $present.code, $next.code leaves $stands.code', ({ present, next, stands }) => {
    expect(mergeMarks(present, next)).toBe(stands);
  });
});
