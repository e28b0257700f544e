import { describe, expect, it } from '@jest/globals';
import { RetryPace } from './retry-pace.js';

const longest = { baseMs: 100, capMs: 1_000, random: () => 1 };

describe('the pace of attempts', () => {
  it('slows down with each failure, up to its cap', () => {
    const pace = new RetryPace(longest);
    const pauses = Array.from({ length: 6 }, () => pace.afterFailure());
    expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('answers a first loss at once', () => {
    expect(new RetryPace(longest).afterLoss(0)).toBe(0);
  });

  it('slows down when what was made is lost again and again', () => {
    const pace = new RetryPace(longest);
    expect([1, 2, 3, 4].map(() => pace.afterLoss(10))).toEqual([0, 100, 200, 400]);
  });

  it('forgets failures once something has lasted', () => {
    const pace = new RetryPace(longest);
    pace.afterFailure();
    pace.afterFailure();
    expect(pace.afterLoss(5_000)).toBe(0);
    expect(pace.afterFailure()).toBe(200);
  });
});
