import type { TargetChange, TargetOutcome } from '#contracts';
import type { Lease } from '../leases/lease.js';

/**
 * Neighbouring targets of one batch of an execution, leased and run as one. It comes to be when it begins, that is when it
 * becomes due for the first time; once closed it stays closed.
 */
export interface Chunk extends Lease {
  readonly kind: 'chunk';
  readonly executionId: string;
  /** From 1. */
  readonly n: number;
  /** From 1. */
  readonly batch: number;
  /** The ordinal of its first target. */
  readonly first: number;
  readonly size: number;
  /** Targets without an outcome. */
  open: number;
  /** Those of them that had an attempt. */
  attempted: number;
  /** Targets at once: reserved when it begins, fixed at each grant. */
  concurrency: number;
}

/**
 * A target, as far as the record needs it to decide; the rest is in the newest change.
 *
 * ```
 *   waiting ──started (attempt 1)──▶ started ──▶ succeeded │ failed │ timed-out │ cancelled │ lost │ skipped
 *      │                              │    ▲                       ▲
 *      │                              ▼    │ attempt + 1           │
 *      │                            retrying ──────────────────────┤
 *      └───────────────────────────────────────────────────────────┘
 * ```
 *
 * The owner of its chunk says all of it, in `targets.changed`; an outcome is set once. When status ends a
 * chunk, the chunk's mark is the outcome of its targets without one (the execution's, of targets whose chunk has not begun):
 * ending a quarter of a million targets writes a handful of rows.
 */
export interface Target {
  readonly executionId: string;
  /** From 1, in the order of the command. */
  readonly ordinal: number;
  readonly name: string;
  /** The last attempt that began, whoever made it; 0 when there was none. */
  attempt: number;
  /** The epoch in which it started; `null` when it did not, or when its owner gave it back unfinished. */
  started: number | null;
  outcome: TargetOutcome | null;
  /** Of the last event that counted. */
  epoch: number;
  seq: number;
  /** What this batch of messages brought; `null` when nothing did. */
  change: TargetChange | null;
}
