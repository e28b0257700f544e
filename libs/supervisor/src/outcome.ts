import { answersAbort, type TaskDeadline } from './errors.js';

/** How a task ended: exactly one per task, and it never changes. */
export type Outcome<T = unknown> = Succeeded<T> | Failed | TimedOut<T> | Cancelled;

/** What every outcome says besides. */
export interface OutcomeFlags {
  /**
   * Decided before what the task had started really finished: it did not react to its abort in
   * time.
   */
  readonly stuck: boolean;
  /** The body finished its work although its abort had been asked for. */
  readonly raced: boolean;
  /**
   * What went wrong beside the outcome: errors of clean-ups, errors after the abort, later reasons
   * to abort.
   */
  readonly suppressed: readonly unknown[];
}

/** The body fulfilled. With `raced` it had been cancelled, and did it all the same. */
export interface Succeeded<T> extends OutcomeFlags {
  readonly status: 'succeeded';
  readonly value: T;
}

/** The body threw, or a child failed, and nobody had asked it to stop. */
export interface Failed extends OutcomeFlags {
  readonly status: 'failed';
  /** Of several errors, its own and its children's, an AggregateError. */
  readonly error: unknown;
}

/** A deadline passed. */
export interface TimedOut<T> extends OutcomeFlags {
  readonly status: 'timed-out';
  readonly which: TaskDeadline;
  /** The same object as the task's `signal.reason`. */
  readonly reason: Error;
  /** Whether the body had started; `false` for `which: 'queue'`. */
  readonly started: boolean;
  /** What the body still returned after its deadline. */
  readonly late?: { readonly value: T };
}

/** Somebody cancelled it: by `cancel`, by its signal, or by closing the supervisor. */
export interface Cancelled extends OutcomeFlags {
  readonly status: 'cancelled';
  /** The same object as the task's `signal.reason`. */
  readonly reason: Error;
  /** Whether the body had started. */
  readonly started: boolean;
}

/** Why a task was aborted: the first such cause stays. */
export interface AbortCause {
  readonly reason: Error;
  /** Set when the cause is a deadline. */
  readonly deadline?: TaskDeadline | undefined;
  /** Set when the cause is a failure of the task's own, or of a child: it has failed, then. */
  readonly failed?: true;
}

/** How the body's promise settled. */
export type Settlement<T> =
  | { readonly status: 'fulfilled'; readonly value: T }
  | { readonly status: 'rejected'; readonly error: unknown };

/** All that is known of a task when it is decided. */
export interface Facts<T> {
  readonly started: boolean;
  readonly cause: AbortCause | undefined;
  /**
   * How its work ended: a failed child makes a rejection of it. Missing when the body never
   * started, or has not finished.
   */
  readonly settlement: Settlement<T> | undefined;
  /** Whether something that the task started is still unfinished. */
  readonly stuck: boolean;
  readonly suppressed: readonly unknown[];
}

/**
 * Truth beats intent: what the body did decides, unless its time was up. A task with a child
 * that failed, or was cut off by the abort, is one whose body rejected.
 *
 * | the body | not aborted | cancelled | past a deadline |
 * | --- | --- | --- | --- |
 * | fulfilled | succeeded | succeeded, raced | timed-out with the late value, raced |
 * | rejected | failed | cancelled | timed-out |
 * | never started, or did not finish | – | cancelled | timed-out |
 */
export function outcomeOf<T>(facts: Facts<T>): Outcome<T> {
  const { started, cause, settlement, stuck } = facts;
  const fulfilled = settlement?.status === 'fulfilled';
  const suppressed = suppressedOf(facts);
  const raced = fulfilled && cause !== undefined;
  if (cause?.deadline !== undefined) {
    const outcome = {
      status: 'timed-out',
      which: cause.deadline,
      reason: cause.reason,
      started,
      stuck,
      raced,
      suppressed,
    } as const;
    return fulfilled ? { ...outcome, late: { value: settlement.value } } : outcome;
  }
  if (fulfilled) return { status: 'succeeded', value: settlement.value, stuck, raced, suppressed };
  if (cause !== undefined && !cause.failed) {
    return { status: 'cancelled', reason: cause.reason, started, stuck, raced, suppressed };
  }
  return { status: 'failed', error: settlement?.error, stuck, raced, suppressed };
}

// The error of a body that had been told to stop is not the outcome. It is kept, unless it only
// says "stopped".
function suppressedOf<T>({ cause, settlement, suppressed }: Facts<T>): readonly unknown[] {
  if (cause === undefined || cause.failed || settlement?.status !== 'rejected') return suppressed;
  if (answersAbort(settlement.error, cause.reason)) return suppressed;
  return [...suppressed, settlement.error];
}
