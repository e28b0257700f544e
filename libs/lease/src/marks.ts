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

/** How a cancel broadcast reads before the record has said so itself. */
export const CANCELLED: LeaseMark = {
  outcome: 'cancelled',
  code: 'cancelled',
  finishRunning: false,
};

/**
 * Adds what was just heard to what was known. The first cancel mark stays, except that any later one replaces one that lets
 * running targets finish; so a cancel after "too many failures" still ends an endless plugin (leases.md, S6 and W6).
 * Returns `known` itself when nothing is new.
 */
export function mergeMarks(known: Marks, heard: Pick<LeaseState, keyof Marks>): Marks {
  const cancelled = mergeCancel(known.cancelled, heard.cancelled);
  const revoked = known.revoked || heard.revoked;
  const { paused } = heard;
  const isNews =
    cancelled !== known.cancelled || revoked !== known.revoked || paused !== known.paused;
  return isNews ? { cancelled, revoked, paused } : known;
}

function mergeCancel(known: LeaseMark | null, heard: LeaseMark | null): LeaseMark | null {
  if (known === null) return heard;
  if (heard === null || !known.finishRunning || isSame(known, heard)) return known;
  return heard;
}

function isSame(one: LeaseMark, other: LeaseMark): boolean {
  return (
    one.outcome === other.outcome &&
    one.code === other.code &&
    one.finishRunning === other.finishRunning
  );
}
