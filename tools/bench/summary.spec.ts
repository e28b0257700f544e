import { describe, expect, it } from '@jest/globals';
import type { Measurement } from './definition.ts';
import { compare, isValid, spread, summarise } from './summary.ts';

function runs(...values: number[]): Measurement[] {
  return values.map((value) => ({ value, unit: 'documents/s', sent: 10, received: 10 }));
}

describe('the summary of a bench', () => {
  it('has the middle of an odd and of an even number of runs', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(() => spread([])).toThrow('No values');
  });

  it('counts what was lost, and calls such runs invalid', () => {
    const lossy = [...runs(1, 2), { value: 3, unit: 'documents/s', sent: 10, received: 8 }];
    expect(summarise(lossy)).toEqual({
      median: 2,
      min: 1,
      max: 3,
      unit: 'documents/s',
      runs: 3,
      lost: 2,
    });
    expect(isValid(lossy)).toBe(false);
    expect(isValid(runs(1))).toBe(true);
  });

  it('finds a run invalid that counted something twice', () => {
    const lostAndDoubled = [
      { value: 1, unit: 'documents/s', sent: 10, received: 9 },
      { value: 1, unit: 'documents/s', sent: 10, received: 11 },
    ];
    expect(isValid(lostAndDoubled)).toBe(false);
  });

  it('compares round by round, and says whether the goal is met', () => {
    const [ours, peer] = [runs(10, 30, 20), runs(5, 10, 10)];
    const names = { of: 'ours', to: 'peer' };
    expect(compare({ ...names, goal: { atLeast: 2 } }, ours, peer, { brief: false })).toEqual({
      median: 2,
      min: 2,
      max: 3,
      goal: 2,
      met: true,
    });
    expect(compare({ ...names, goal: { atMost: 1.5 } }, ours, peer, { brief: false }).met).toBe(
      false,
    );
  });

  it('does not judge a brief run', () => {
    const ratio = { of: 'ours', to: 'peer', goal: { atLeast: 2 } };
    expect(compare(ratio, runs(1), runs(1), { brief: true })).not.toHaveProperty('met');
  });
});
