import { describe, expect, it } from '@jest/globals';
import { isStorable, storableText } from './storable.js';

describe('what PostgreSQL can store', () => {
  it.each([
    { text: 'plain', storable: true },
    { text: '🚦 and \t', storable: true },
    { text: 'a backslash before \\u0000', storable: true },
    { text: 'nul \0', storable: false },
    { text: 'a backslash and nul \\\0', storable: false },
    { text: 'half \ud83d', storable: false },
    { text: '\udea6 half', storable: false },
  ])('$text: $storable', ({ text, storable }) => {
    expect(isStorable(JSON.stringify({ text }))).toBe(storable);
    expect(isStorable(JSON.stringify({ text: storableText(text) }))).toBe(true);
    expect(storableText(text) === text).toBe(storable);
  });
});
