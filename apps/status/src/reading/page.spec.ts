import { describe, expect, it } from '@jest/globals';
import { MAX_MESSAGE_BYTES } from '#contracts';
import { decodeCursor, pageOf } from './page.js';

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
const cursorOf = ({ n }: { n: number }) => [n] as const;

describe('a page', () => {
  it('holds at most as many items as were asked for, and says where to go on', () => {
    const page = pageOf(rows(4), 3, ({ n }) => n, cursorOf);
    expect(page.items).toEqual([0, 1, 2]);
    expect(decodeCursor<[number]>(page.nextCursor ?? '', ['number'])).toEqual([2]);
  });

  it('is the last one when nothing was read beyond it', () => {
    expect(pageOf(rows(3), 3, ({ n }) => n, cursorOf)).toEqual({ items: [0, 1, 2] });
    expect(pageOf(rows(0), 3, ({ n }) => n, cursorOf)).toEqual({ items: [] });
  });

  it('is cut short where its items would not fit a message, and holds one at least', () => {
    const large = (bytes: number) => () => 'x'.repeat(bytes);
    const page = pageOf(rows(4), 3, large(200_000), cursorOf);
    expect(page.items).toHaveLength(1);
    expect(JSON.stringify(page).length).toBeLessThan(MAX_MESSAGE_BYTES);
    expect(pageOf(rows(2), 3, large(MAX_MESSAGE_BYTES), cursorOf).items).toHaveLength(1);
  });

  it.each(['', 'nonsense', Buffer.from('{"n":1}').toString('base64url'), 'WyJ4Il0'])(
    'refuses the cursor %p',
    (cursor) => {
      expect(() => decodeCursor<[number]>(cursor, ['number'])).toThrow('cursor');
    },
  );
});
