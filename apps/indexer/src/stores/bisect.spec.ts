import { describe, expect, it } from '@jest/globals';
import { writeBisecting } from './bisect.js';
import { allAre, DONE, type ItemResult } from './item-result.js';

const POISON: ItemResult = { class: 'poison', reason: 'odd one out' };

/** A store that refuses every bulk with a negative number in it. */
function pickyStore() {
  const bulks: number[] = [];
  const write = (numbers: readonly number[]) => {
    bulks.push(numbers.length);
    const refused = numbers.some((number) => number < 0);
    return Promise.resolve(
      refused ? { refused: POISON } : { results: allAre(numbers.length, DONE) },
    );
  };
  return { bulks, write };
}

describe('writeBisecting', () => {
  it('writes once when nothing is refused', async () => {
    const { bulks, write } = pickyStore();
    await expect(writeBisecting([1, 2, 3], write)).resolves.toEqual([DONE, DONE, DONE]);
    expect(bulks).toEqual([3]);
  });

  it('finds every culprit and writes all others, in order', async () => {
    const { write } = pickyStore();
    const numbers = Array.from({ length: 100 }, (_, at) =>
      [0, 41, 42, 99].includes(at) ? -1 : at,
    );
    const results = await writeBisecting(numbers, write);
    expect(results).toEqual(numbers.map((number) => (number < 0 ? POISON : DONE)));
  });

  it('needs about twice the logarithm of writes for one culprit', async () => {
    const { bulks, write } = pickyStore();
    const numbers = Array.from({ length: 1_024 }, (_, at) => (at === 700 ? -1 : at));
    await writeBisecting(numbers, write);
    expect(bulks.length).toBe(21);
  });
});
