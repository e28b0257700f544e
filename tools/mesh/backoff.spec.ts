import { describe, expect, it } from '@jest/globals';
import { Backoff } from './backoff.ts';

describe('the wait before a service is started again', () => {
  it('doubles with every early death, up to ten seconds', () => {
    const backoff = new Backoff();
    const waits = Array.from({ length: 8 }, () => backoff.next(1_000));
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('is short again for a service that had run well', () => {
    const backoff = new Backoff();
    backoff.next(0);
    backoff.next(0);
    expect(backoff.next(30_000)).toBe(250);
    expect(backoff.next(0)).toBe(500);
  });
});
