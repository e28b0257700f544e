import { describe, expect, it } from '@jest/globals';
import { countOf } from './share.js';

describe('a share of the targets', () => {
  it.each([
    [7, 100, 7],
    ['10%', 200, 20],
    ['10%', 5, 1],
    ['0%', 200, 0],
    ['100%', 3, 3],
  ])('%s of %i is %i', (share, total, count) => {
    expect(countOf(share, total)).toBe(count);
  });
});
