import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './cursor.js';

const POSITION = { score: 0.25, timeMs: 1_764_000_000_123, index: 'lines', id: 'a\nb' };

describe('a cursor', () => {
  it('leads back to where it came from', () => {
    const positions = fc.record({
      score: fc.float({ noNaN: true, noDefaultInfinity: true }).map((score) => score + 0),
      timeMs: fc.option(fc.integer({ min: -1e12, max: 1e14 }), { nil: undefined }),
      index: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
      id: fc.string({ minLength: 1 }),
    });
    fc.assert(
      fc.property(positions, (position) => {
        const back = decodeCursor('newest', encodeCursor('newest', position));
        expect(back).toEqual({ ...position, id: Buffer.from(position.id).toString() });
      }),
    );
  });

  it('is short enough for the longest id', () => {
    const cursor = encodeCursor('relevance', {
      ...POSITION,
      index: 'x'.repeat(79),
      id: 'x'.repeat(512),
    });
    expect(cursor.length).toBeLessThanOrEqual(1_024);
  });

  it.each([
    ['of another order', encodeCursor('oldest', POSITION)],
    ['made up', 'nonsense'],
    ['with a time that is none', Buffer.from('newest\n0\nsoon\nlines\na').toString('base64url')],
    ['cut off', encodeCursor('newest', POSITION).slice(0, 20)],
  ])('is refused when it is %s', (_, cursor) => {
    expect(() => decodeCursor('newest', cursor)).toThrow(
      expect.objectContaining({ code: 'invalid-cursor' }),
    );
  });
});
