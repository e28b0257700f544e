import type {
  ExecutionOutcome,
  ExecutionState,
  Policy,
  RunTask,
  TargetCounts,
  TargetOutcome,
} from '#contracts';
import type { Mark } from '../leases/mark.js';

/** How many targets ended how. */
export type OutcomeCounts = Record<TargetOutcome, number>;

/** What runs on the targets; read from the record only where a grant needs it. */
export type Work = Pick<RunTask, 'plugin' | 'args' | 'output'>;

/**
 * One `task.run`.
 *
 * ```
 *   task.run ──▶ queued ──first grant──▶ running ──last chunk closed──▶ succeeded │ failed │ timed-out │ cancelled
 *      │           │  ▲                   │   ▲                              ▲
 *      │           └──┴── pause, resume ──┴───┘ (paused: nothing begins)     │
 *      │           └───────────── marked while nobody owned a chunk ─────────┘
 *      └─ refused ──▶ rejected
 * ```
 *
 * A mark (`task.cancel`, a timeout, too many failures) stands on every open chunk too: those without owner close at once, the
 * others when their owner has ended what it runs. The outcome is decided when no chunk is open any more.
 */
export interface Execution {
  readonly id: string;
  /** Tells the same command from another under the same id. */
  readonly bodyHash: string;
  readonly policy: Policy;
  readonly requestedBy: string;
  /** The span that its command was recorded in (W3C); what is published about it belongs to the same trace. */
  readonly traceparent: string | null;
  readonly total: number;
  readonly recordedAtMs: number;
  outcome: ExecutionOutcome | null;
  paused: boolean;
  /** The newest batch that has begun, from 1. */
  batch: number;
  /** Chunks and targets that have begun: they are due, owned or closed. The others are not stored one by one. */
  begunChunks: number;
  begunTargets: number;
  mark: Mark | null;
  /** The first mark: how the targets end that had not begun when it came. */
  restMark: Mark | null;
  code: string | null;
  reason: string | null;
  counts: OutcomeCounts;
  /** The first grant. */
  startedAtMs: number | null;
  finishedAtMs: number | null;
}

/** What it is doing, then how it ended. */
export function stateOf(execution: Execution): ExecutionState {
  if (execution.outcome !== null) return execution.outcome;
  if (execution.paused) return 'paused';
  return execution.startedAtMs === null ? 'queued' : 'running';
}

/** Targets that ended badly, as `maxFailures` counts them. */
export function failuresOf({ counts }: Execution): number {
  return counts.failed + counts['timed-out'] + counts.lost;
}

/** When time alone changes it next; `null` when it never does. */
export function deadlineOf(execution: Execution): number | null {
  const { policy, startedAtMs, recordedAtMs, outcome, mark } = execution;
  if (outcome !== null || (mark !== null && !mark.finishRunning)) return null;
  const [from, limit] =
    startedAtMs === null
      ? [recordedAtMs, policy.startWithinMs]
      : [startedAtMs, policy.executionTimeoutMs];
  return limit === undefined ? null : from + limit;
}

/** True when no further chunk of it will begin. */
export function hasBegunAll({ begunTargets, total, restMark }: Execution): boolean {
  return restMark !== null || begunTargets >= total;
}

/** How many targets are where; `attempted` of those without outcome had an attempt. */
export function countsOf(execution: Execution, attempted: number): TargetCounts {
  const { counts, total } = execution;
  const ended = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    total,
    waiting: total - ended - attempted,
    running: attempted,
    succeeded: counts.succeeded,
    failed: counts.failed,
    timedOut: counts['timed-out'],
    cancelled: counts.cancelled,
    lost: counts.lost,
    skipped: counts.skipped,
  };
}
