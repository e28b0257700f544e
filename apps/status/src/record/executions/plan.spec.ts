import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countOf, type Policy, type Share } from '#contracts';
import { nextChunk, type Cut } from './plan.js';

function plan(total: number, sizes?: readonly Share[]): Cut[] {
  const policy = { ...(sizes && { batches: { sizes, pauseAfterCanary: false } }) } as Policy;
  const cuts: Cut[] = [];
  for (let begunTargets = 0; ;) {
    const cut = nextChunk({ total, policy, begunTargets, begunChunks: cuts.length });
    if (!cut) return cuts;
    begunTargets += cut.size;
    cuts.push(cut);
  }
}

describe('the chunks of an execution', () => {
  it('hold at most 500 neighbouring targets', () => {
    expect(plan(1_200)).toEqual([
      { n: 1, batch: 1, first: 1, size: 500 },
      { n: 2, batch: 1, first: 501, size: 500 },
      { n: 3, batch: 1, first: 1_001, size: 200 },
    ]);
  });

  it('begin with a canary of one, then follow the batches; the last size repeats', () => {
    expect(plan(14, [1, '25%'])).toEqual([
      { n: 1, batch: 1, first: 1, size: 1 },
      { n: 2, batch: 2, first: 2, size: 4 },
      { n: 3, batch: 3, first: 6, size: 4 },
      { n: 4, batch: 4, first: 10, size: 4 },
      { n: 5, batch: 5, first: 14, size: 1 },
    ]);
  });

  it('cover every target once, in order, and never span two batches', () => {
    const shares = fc.oneof(
      fc.integer({ min: 1, max: 1_500 }),
      fc.integer({ min: 1, max: 100 }).map((part) => `${part}%`),
    );
    const anyPlan = fc.tuple(
      fc.integer({ min: 1, max: 2_000 }),
      fc.option(fc.array(shares, { minLength: 1, maxLength: 5 }), { nil: undefined }),
    );
    fc.assert(
      fc.property(anyPlan, ([total, sizes]) => {
        const got = plan(total, sizes).map(({ batch, first, size }) => ({ batch, first, size }));
        expect(got).toEqual(cutOneByOne(total, sizes ?? [total]));
      }),
      { numRuns: 200 },
    );
  });
});

/** The same, target by target. */
function cutOneByOne(total: number, sizes: readonly Share[]): Omit<Cut, 'n'>[] {
  const cuts: { batch: number; first: number; size: number }[] = [];
  let batch = 0;
  let leftInBatch = 0;
  for (let target = 1; target <= total; target += 1) {
    const last = cuts.at(-1);
    if (leftInBatch === 0) {
      leftInBatch = Math.max(1, countOf(sizes[batch] ?? sizes.at(-1) ?? total, total));
      batch += 1;
      cuts.push({ batch, first: target, size: 1 });
    } else if (!last || last.size === 500) cuts.push({ batch, first: target, size: 1 });
    else last.size += 1;
    leftInBatch -= 1;
  }
  return cuts;
}
