import { describe, expect, it } from '@jest/globals';
import type { StreamSummary } from '#contracts';
import { counted, countsText, endedCount } from './counts.js';
import { StreamTable } from './streams.js';
import { Table, table } from './table.js';
import { ago, duration, time } from './time.js';

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

  it('that goes on has one head, and its columns become no narrower', () => {
    const paged = new Table(['A', 'B']);
    expect(paged.lines([['one', '1']])).toEqual(['A    B', 'one  1']);
    expect(paged.lines([['x', '2']])).toEqual(['x    2']);
    expect(paged.lines([['three', '3']])).toEqual(['three  3']);
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

describe('ago', () => {
  it.each([
    [0, '0 s ago'],
    [59_999, '59 s ago'],
    [3_600_000, '1 h ago'],
    [200_000_000, '2 d ago'],
    // Clocks of two machines.
    [-5_000, '0 s ago'],
  ])('%d ms is %s', (past, text) => {
    expect(ago(1_000_000_000_000 - past, 1_000_000_000_000)).toBe(text);
  });
});

describe('a list of streams', () => {
  const stream = {
    streamId: 'edge',
    state: 'failed',
    code: 'http-status',
    reason: 'the source answered 403: is the token right?',
    settings: { url: 'https://edge/logs' },
    counters: { documents: 5, bytes: 70, reconnects: 1, rejected: 0 },
  } as unknown as StreamSummary;

  it('says below the table why a stream has failed, in full', () => {
    expect(new StreamTable(30).lines([stream]).slice(1)).toEqual([
      'edge    failed (http-status) …',
      'edge: the source answered 403: is the token right?',
    ]);
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

  it('are of one thing or of several', () => {
    expect([0, 1, 2].map((n) => counted(n, 'target'))).toEqual([
      '0 targets',
      '1 target',
      '2 targets',
    ]);
  });

  it('says so when there is nothing', () => {
    expect(countsText({ ...none, total: 0 })).toBe('no targets');
  });
});
