import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nestsTooDeep } from './depth.js';

describe('the depth of a JSON text', () => {
  it('is that of the value', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 8 }),
        fc.integer({ min: 0, max: 10 }),
        (value, limit) => {
          const text = JSON.stringify(value);
          expect(nestsTooDeep(text, limit)).toBe(depthOf(JSON.parse(text)) > limit);
        },
      ),
    );
  });

  it.each([
    ['brackets in a string', '["[[[[[["]', false],
    ['brackets behind an escaped quote', String.raw`["\"[[[[[["]`, false],
    ['brackets behind an escaped backslash', String.raw`["\\",[[[[[[]]]]]]]`, true],
    ['a string left open', '["[[[[[[', false],
    ['brackets left open', '[[[[[[', true],
  ])('knows %s', (_, text, tooDeep) => {
    expect(nestsTooDeep(text, 5)).toBe(tooDeep);
  });

  it('is found out in linear time for a text of backslashes', () => {
    const started = performance.now();
    expect(nestsTooDeep(`"${String.raw`\"`.repeat(250_000)}`, 5)).toBe(false);
    expect(nestsTooDeep(`"${'\\'.repeat(500_000)}"`, 5)).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
