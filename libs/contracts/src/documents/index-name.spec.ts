import { describe, expect, it } from '@jest/globals';
import { resolveIndexName } from './index-name.js';

const bounds = { from: Date.UTC(2015, 0, 1), to: Date.UTC(2026, 0, 1) };
const day = Date.UTC(2025, 10, 24, 23, 59, 59, 999);

describe('the index of a document', () => {
  it.each([
    ['is dated by its time, in UTC', 'access-%Y.%m.%d', day, 'access-2025.11.24'],
    ['keeps a prefix without a hyphen', 'access%Y.%m.%d', day, 'access2025.11.24'],
    ['is the name itself without a date', 'access', day, 'access'],
    ['is the plain name without a time', 'access-%Y.%m.%d', undefined, 'access'],
    ['is the plain name for a time that is none', 'access-%Y.%m.%d', Number.NaN, 'access'],
    ['includes the first moment of the bounds', 'a-%Y.%m.%d', bounds.from, 'a-2015.01.01'],
    ['includes the last moment of the bounds', 'a-%Y.%m.%d', bounds.to, 'a-2026.01.01'],
    ['is late before the bounds', 'a-%Y.%m.%d', bounds.from - 1, 'a-late'],
    ['is late after the bounds', 'a-%Y.%m.%d', 6_521_000_000_000_000, 'a-late'],
  ])('%s', (_, template, time, name) => {
    expect(resolveIndexName(template, time, bounds)).toBe(name);
  });
});
