import { describe, expect, it } from '@jest/globals';
import { countsText, endedCount } from './counts.js';
import { table } from './table.js';
import { duration, time } from './time.js';

describe('table', () => {
  it('pads columns to their widest cell and cuts lines to the terminal', () => {
    const lines = table(
      ['A', 'LONG'],
      [
        ['one', '1'],
        ['x', 'a long cell'],
      ],
      12,
    );
    expect(lines).toEqual(['A    LONG', 'one  1', 'x    a long…']);
  });
});

describe('duration', () => {
  it.each([
    [340, '340 ms'],
    [12_340, '12.3 s'],
    [245_000, '4 min 05 s'],
    [11_220_000, '3 h 07 min'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('time', () => {
  it('is UTC to the second, or a dash', () => {
    expect(time(1_764_000_000_123)).toBe('2025-11-24 16:00:00Z');
    expect(time(undefined)).toBe('-');
  });
});

describe('counts', () => {
  const none = {
    total: 10,
    waiting: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    timedOut: 0,
    cancelled: 0,
    lost: 0,
    skipped: 0,
  };

  it('names what is not zero', () => {
    const counts = { ...none, succeeded: 6, timedOut: 1, running: 2, waiting: 1 };
    expect(countsText(counts)).toBe('6 succeeded, 1 timed out, 2 running, 1 waiting');
    expect(endedCount(counts)).toBe(7);
  });

  it('says so when there is nothing', () => {
    expect(countsText({ ...none, total: 0 })).toBe('no targets');
  });
});
