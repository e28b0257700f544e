import type { KnownTarget, LeaseMark, TargetChange } from '#contracts';
import type { AttemptAborted, AttemptFailed, AttemptResult } from './attempt-end.js';

/** Where one target of a chunk stands. */
export interface TargetProgress {
  readonly target: string;
  phase: 'waiting' | 'active' | 'backing-off' | 'ended';
  /** The last attempt that began, whoever made it; 0 when there was none. */
  attempt: number;
  /** Whether an attempt began here, under this grant. */
  begunHere: boolean;
  /** How many attempts failed here. */
  failures: number;
  /** The outcome that its last attempt gives it should no other follow: set while it backs off. */
  last?: TargetChange;
}

export function progressOf({ target, attempt }: KnownTarget): TargetProgress {
  return { target, phase: 'waiting', attempt, begunHere: false, failures: 0 };
}

/** The outcome that an attempt gives its target when no other follows. */
export function attemptOutcome(
  { target, attempt }: TargetProgress,
  end: AttemptResult,
): TargetChange {
  if (end.state === 'succeeded') return { target, attempt, ...end };
  const { retryable: _, ...told } = end;
  return { target, attempt, ...told };
}

/** What is said of a target that waits for its next attempt. */
export function retrying({ target, attempt }: TargetProgress, end: AttemptFailed): TargetChange {
  const { retryable: _, ...told } = end;
  return { target, attempt, ...told, state: 'retrying' };
}

/** The outcome of an attempt that a mark ended. */
export function abortedBy(
  { outcome, code }: LeaseMark,
  { target, attempt }: TargetProgress,
  end: AttemptAborted,
): TargetChange {
  return { target, attempt, ...end, state: outcome, code };
}

/**
 * The outcome that a mark gives to a target of which nothing runs here (leases.md, W4, W6). Where
 * what runs may finish, what has run is never said to be skipped: between two attempts the last one
 * stands, and an attempt of an earlier owner is lost.
 */
export function endedBy(mark: LeaseMark, progress: TargetProgress): TargetChange {
  const { target, attempt, last } = progress;
  if (mark.finishRunning && last) return last;
  if (mark.finishRunning && attempt > 0) return ownerLost(progress);
  return { target, attempt, state: mark.outcome, code: mark.code };
}

/** The outcome of a target whose owner vanished while it ran, where it must not run again. */
export function ownerLost({ target, attempt }: TargetProgress): TargetChange {
  const message = 'its owner vanished while it ran, and it must not run twice (onLost)';
  return { target, attempt, state: 'lost', code: 'owner-lost', message };
}

/** The end of an attempt whose plugin stopped although nobody had asked it to. */
export function gaveUp(end: AttemptAborted): AttemptFailed {
  const message = 'the plugin gave up although nobody had asked it to';
  return { ...end, state: 'failed', code: 'plugin-failed', message, retryable: true };
}
