import type { LeaseMark } from '#contracts';

/**
 * Why work is to end before it is done, and how what has no outcome yet ends. A mark stands on an execution, on each of its
 * open chunks, or on a stream; owners hear of it through grants, pings and resumes.
 */
export type Mark = LeaseMark;

/** How what had no outcome ended when status closed a lease: as its mark says, or `lost`. */
export interface Ending {
  readonly outcome: Mark['outcome'] | 'lost';
  readonly code: string;
  /** What had an attempt ended `lost` all the same: what ran is never `skipped`. */
  readonly finishRunning: boolean;
}

/** Somebody asked for it (`task.cancel`, `stream.stop`). */
export const CANCELLED: Mark = { outcome: 'cancelled', code: 'cancelled', finishRunning: false };

/** The execution as a whole took longer than its policy allows. */
export const EXECUTION_TIMED_OUT: Mark = {
  outcome: 'timed-out',
  code: 'execution-timeout',
  finishRunning: false,
};

/** More targets failed than the policy allows. */
export const TOO_MANY_FAILURES: Mark = {
  outcome: 'skipped',
  code: 'max-failures',
  finishRunning: true,
};

/** Nothing of it was granted in the time that the policy allows. */
export const NOT_STARTED_IN_TIME: Mark = {
  outcome: 'skipped',
  code: 'expired',
  finishRunning: false,
};

/** Owner after owner vanished while holding it (S10). */
export const POISONOUS: Ending = {
  outcome: 'lost',
  code: 'owner-lost-repeatedly',
  finishRunning: false,
};

/** The mark that stands after `next` comes to `present`: the first stays, unless it let the running finish (S6). */
export function mergeMarks(present: Mark | null, next: Mark): Mark {
  return present === null || present.finishRunning ? next : present;
}
