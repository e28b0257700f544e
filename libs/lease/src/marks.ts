import type { LeaseMark, LeaseState } from '#contracts';

/** What the record wants of an owner, as far as it has heard. */
export interface Marks {
  /** Work is to end, and how what has no outcome ends; null while it may go on. */
  readonly cancelled: LeaseMark | null;
  /** Streams: give the lease back, newer settings wait. */
  readonly revoked: boolean;
  /** Chunks: start no new target. */
  readonly paused: boolean;
}

export const NO_MARKS: Marks = { cancelled: null, revoked: false, paused: false };

/** How a cancel broadcast reads before the record has said so itself. */
export const CANCELLED: LeaseMark = {
  outcome: 'cancelled',
  code: 'cancelled',
  finishRunning: false,
};

/**
 * Adds what was just heard to what was known. The first cancel mark stays, except that any later one replaces one that lets
 * running targets finish; so a cancel after "too many failures" still ends an endless plugin (leases.md, S6 and W6).
 */
export function mergeMarks(known: Marks, heard: Pick<LeaseState, keyof Marks>): Marks {
  return {
    cancelled: mergeCancel(known.cancelled, heard.cancelled),
    revoked: known.revoked || heard.revoked,
    paused: heard.paused,
  };
}

function mergeCancel(known: LeaseMark | null, heard: LeaseMark | null): LeaseMark | null {
  if (known === null) return heard;
  if (heard !== null && known.finishRunning) return heard;
  return known;
}
