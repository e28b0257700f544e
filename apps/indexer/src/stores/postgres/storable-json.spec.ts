import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { storableJson } from './storable-json.js';

const repaired = (json: string): string => storableJson(Buffer.from(json)).toString();

describe('storableJson', () => {
  it('returns the very buffer when there is nothing to replace', () => {
    const json = Buffer.from(String.raw`{"path":"C:\\u0000","pair":"\ud83d\ude00","nl":"\n"}`);
    expect(storableJson(json)).toBe(json);
  });

  it.each([
    ['NUL', String.raw`{"a":"x\u0000y"}`, String.raw`{"a":"x\ufffdy"}`],
    ['NUL behind an escaped backslash', String.raw`{"a":"\\\u0000"}`, String.raw`{"a":"\\\ufffd"}`],
    ['a lone high surrogate', String.raw`{"a":"\uD83D!"}`, String.raw`{"a":"\ufffd!"}`],
    ['a lone low surrogate', String.raw`{"a":"\ude00"}`, String.raw`{"a":"\ufffd"}`],
    [
      'two high surrogates',
      String.raw`{"a":"\ud83d\ud83d\ude00"}`,
      String.raw`{"a":"\ufffd\ud83d\ude00"}`,
    ],
    ['NUL in a key', String.raw`{"\u0000":1}`, String.raw`{"\ufffd":1}`],
  ])('replaces %s', (_, json, expected) => {
    expect(repaired(json)).toBe(expected);
  });

  it('leaves its argument as it was', () => {
    const json = Buffer.from(String.raw`{"a":"\u0000"}`);
    storableJson(json);
    expect(json.toString()).toBe(String.raw`{"a":"\u0000"}`);
  });

  it('changes nothing but what jsonb refuses, in any text', () => {
    const units = fc.oneof(
      fc.constantFrom('\0', '\ud83d', '\ude00', '\\', '"', 'u0000', '\n', 'é'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(
        fc.array(units).map((parts) => parts.join('')),
        (text) => {
          const expected = text.replace(/[\p{Surrogate}\0]/gu, '\ufffd');
          expect(JSON.parse(repaired(JSON.stringify({ text })))).toEqual({ text: expected });
        },
      ),
    );
  });
});
