import { describe, expect, it } from '@jest/globals';
import { Backoff } from './backoff.js';

const longest = (): Backoff => new Backoff(() => 1);
const waits = (backoff: Backoff, delivered: readonly number[]): number[] =>
  delivered.map((ms) => backoff.nextMs(ms));

describe('Backoff', () => {
  it('grows from 500 ms to a minute', () => {
    expect(
      waits(
        longest(),
        Array.from({ length: 9 }, () => 0),
      ),
    ).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('begins anew only after a connection that delivered for a minute', () => {
    expect(waits(longest(), [0, 59_999, 60_000, 0])).toEqual([500, 1_000, 500, 1_000]);
  });

  it('takes the whole range below', () => {
    expect(new Backoff(() => 0).nextMs(0)).toBe(0);
  });

  it('begins where the source asked, within reason', () => {
    expect(longest().nextMs(0, 3_000)).toBe(3_000);
    expect(longest().nextMs(0, 0)).toBe(100);
    expect(longest().nextMs(0, 9_999_999)).toBe(60_000);
  });
});
