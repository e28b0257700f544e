import { describe, expect, it } from '@jest/globals';
import type { LeaseMark } from '#contracts';
import { mergeMarks, type Marks } from './marks.js';

const cancel: LeaseMark = { outcome: 'cancelled', code: 'cancelled', finishRunning: false };
const timeout: LeaseMark = {
  outcome: 'timed-out',
  code: 'execution-timeout',
  finishRunning: false,
};
const failures: LeaseMark = { outcome: 'skipped', code: 'max-failures', finishRunning: true };
const expired: LeaseMark = { outcome: 'skipped', code: 'expired', finishRunning: true };

const none: Marks = { cancelled: null, revoked: false, paused: false };

describe('merging marks', () => {
  it.each<[string, LeaseMark | null, LeaseMark | null, LeaseMark | null]>([
    ['nothing, nothing', null, null, null],
    ['nothing, then a cancel', null, cancel, cancel],
    ['a cancel, then nothing', cancel, null, cancel],
    ['a cancel stays before a timeout', cancel, timeout, cancel],
    ['a timeout stays before a cancel', timeout, cancel, timeout],
    ['a cancel stays before too many failures', cancel, failures, cancel],
    ['a cancel replaces too many failures', failures, cancel, cancel],
    ['a timeout replaces too many failures', failures, timeout, timeout],
    ['what lets run replaces what lets run', failures, expired, expired],
    ['too many failures, then nothing', failures, null, failures],
  ])('%s', (_, known, heard, merged) => {
    const marks = mergeMarks({ ...none, cancelled: known }, { ...none, cancelled: heard });
    expect(marks.cancelled).toBe(merged);
  });

  it.each([
    [false, false, false],
    [false, true, true],
    [true, false, true],
    [true, true, true],
  ])('revoked: %s, then %s: %s', (known, heard, merged) => {
    const marks = mergeMarks({ ...none, revoked: known }, { ...none, revoked: heard });
    expect(marks.revoked).toBe(merged);
  });

  it.each([
    [false, true],
    [true, false],
  ])('paused: %s, then %s: as heard last', (known, heard) => {
    expect(mergeMarks({ ...none, paused: known }, { ...none, paused: heard }).paused).toBe(heard);
  });

  it.each<[string, Marks]>([
    ['nothing', none],
    ['a cancel', { ...none, cancelled: cancel }],
    ['too many failures', { ...none, cancelled: failures }],
    ['all', { cancelled: failures, revoked: true, paused: true }],
  ])('the same again is no news: %s', (_, known) => {
    const again = structuredClone(known);
    expect(mergeMarks(known, again)).toBe(known);
  });
});
