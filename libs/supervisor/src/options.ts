import type { AdmissionLimits } from './admission.js';
import type { ChildrenOptions } from './children.js';
import { checkDelay, type Clock, systemClock } from './clock.js';
import type { CloseOptions } from './close.js';
import type { TaskInfo } from './inspection.js';
import { warnLateError } from './late-errors.js';
import type { Outcome } from './outcome.js';
import type { OverdueKind, OverdueLimits } from './overdue-watch.js';
import type { StuckPolicy } from './stuck-budget.js';
import type { ScopeOptions, SpawnOptions, Task } from './task.js';

/** What a supervisor is made of. */
export interface SupervisorOptions {
  /** Stands in errors and reports. */
  readonly name: string;
  /** Bodies that run at once: 1 or more. */
  readonly limit: number;
  /**
   * Tasks that may wait for a slot: 0 or more. Beyond them `spawn` waits and `trySpawn` refuses.
   * Default 0.
   */
  readonly pendingLimit?: number;
  /** Milliseconds that `close()` lets running tasks finish before it aborts them. Default 0. */
  readonly graceTimeoutMs?: number;
  /**
   * Milliseconds that an aborted body may take to stop before its task is decided without it.
   * Default 5,000.
   */
  readonly closeTimeoutMs?: number;
  /**
   * Whether a stuck task keeps its slot, so that `limit` stays true, or another task gets one.
   * Default `hold`.
   */
  readonly onStuck?: StuckPolicy;
  /**
   * Stuck tasks that `replace` replaces at most, at any moment, children included: 1 or more.
   * Default: as many as `limit`.
   */
  readonly maxStuck?: number;
  /**
   * Decided tasks, and cancels that came before their task, that are remembered by key: that many
   * of each. Default 1,000.
   */
  readonly keyMemory?: number;
  /**
   * Called exactly once for each task, synchronously, when its outcome is known and (unless stuck)
   * its slot is free again. What it throws goes to `onLateError`.
   */
  readonly onOutcome?: (outcome: Outcome, task: Task) => void;
  /**
   * Hears of errors that have nobody left to throw them to: a rejection of something a body stopped
   * waiting for, of a body that was given up, of `onOutcome`. Default: a process warning.
   */
  readonly onLateError?: (error: unknown, task: Task) => void;
  /**
   * Called once for each task and kind of trouble with its time: write one line of a log.
   */
  readonly onOverdue?: (kind: OverdueKind, task: TaskInfo) => void;
  /**
   * A task is overdue (`slow-close`) when it has not stopped that many milliseconds after its
   * abort. Default: half of `closeTimeoutMs`.
   */
  readonly slowCloseMs?: number;
  /**
   * A task is overdue (`past-deadline`) when it has not ended after that many times its run
   * deadline: 1 or more. Default 2.
   */
  readonly deadlineFactor?: number;
  /** Decided tasks that `inspect()` still shows: 0 or more. Default 100. */
  readonly recentLimit?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** The same, complete and checked. */
export interface Settings extends AdmissionLimits, CloseOptions {
  readonly name: string;
  readonly onStuck: StuckPolicy;
  readonly maxStuck: number;
  readonly keyMemory: number;
  readonly recentLimit: number;
  readonly overdue: OverdueLimits;
  readonly onOverdue: SupervisorOptions['onOverdue'];
  readonly onOutcome: SupervisorOptions['onOutcome'];
  readonly onLateError: NonNullable<SupervisorOptions['onLateError']>;
  readonly clock: Clock;
}

/** Fills in the defaults. Throws a RangeError that names the option and says what it must be. */
export function settingsOf(options: SupervisorOptions): Settings {
  const { limit } = options;
  const closeTimeoutMs = checkDelay(options.closeTimeoutMs ?? 5_000);
  return {
    name: options.name,
    limit: count('limit', limit, 1),
    pendingLimit: count('pendingLimit', options.pendingLimit ?? 0, 0),
    graceTimeoutMs: checkDelay(options.graceTimeoutMs ?? 0),
    closeTimeoutMs,
    onStuck: options.onStuck ?? 'hold',
    maxStuck: count('maxStuck', options.maxStuck ?? limit, 1),
    keyMemory: count('keyMemory', options.keyMemory ?? 1_000, 0),
    recentLimit: count('recentLimit', options.recentLimit ?? 100, 0),
    overdue: {
      slowCloseMs: checkDelay(options.slowCloseMs ?? closeTimeoutMs / 2),
      deadlineFactor: atLeastOne('deadlineFactor', options.deadlineFactor ?? 2),
    },
    onOutcome: options.onOutcome,
    onOverdue: options.onOverdue,
    onLateError: options.onLateError ?? warnLateError,
    clock: options.clock ?? systemClock,
  };
}

/**
 * The times of one `close()`: those given, else the supervisor's own. Throws a RangeError for NaN.
 */
export function closeTimes(given: Partial<CloseOptions>, own: CloseOptions): CloseOptions {
  return {
    graceTimeoutMs: checkDelay(given.graceTimeoutMs ?? own.graceTimeoutMs),
    closeTimeoutMs: checkDelay(given.closeTimeoutMs ?? own.closeTimeoutMs),
  };
}

/** The bounds of children: those given, else the supervisor's own. */
export function childLimits(given: ChildrenOptions, own: AdmissionLimits): AdmissionLimits {
  const { limit = own.limit, pendingLimit = own.pendingLimit } = given;
  return { limit, pendingLimit };
}

/** Throws a RangeError for a time or a limit that makes no sense, before anything has begun. */
export function checkSpawnOptions({
  queueDeadlineMs,
  runDeadlineMs,
  idleTimeoutMs,
  children,
}: SpawnOptions): void {
  if (queueDeadlineMs !== undefined) checkDelay(queueDeadlineMs);
  if (runDeadlineMs !== undefined) checkDelay(runDeadlineMs);
  if (idleTimeoutMs !== undefined) checkDelay(idleTimeoutMs);
  if (children?.limit !== undefined) count('children.limit', children.limit, 1);
  if (children?.pendingLimit !== undefined) {
    count('children.pendingLimit', children.pendingLimit, 0);
  }
}

/** Throws a RangeError for a bound that would be of no use. */
export function checkScopeOptions({ limit, pendingLimit }: ScopeOptions): void {
  if (limit !== undefined || pendingLimit === undefined) return;
  throw new RangeError('pendingLimit is of no use without a limit: the slots are somebody else’s');
}

function count(option: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${option} must be an integer of at least ${least}, got ${value}`);
}

function atLeastOne(option: string, value: number): number {
  if (value >= 1) return value;
  throw new RangeError(`${option} must be a number of at least 1, got ${value}`);
}
