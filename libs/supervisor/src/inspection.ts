import type { OverdueKind } from './overdue-watch.js';
import type { RecentTask } from './recent-tasks.js';
import type { TaskState } from './task.js';

/** One live task, for people. */
export interface TaskInfo {
  readonly id: string;
  readonly name: string;
  readonly key: string | undefined;
  readonly group: string | undefined;
  /** The names of the scopes and tasks that it belongs to, outermost first. */
  readonly scope: readonly string[];
  readonly state: TaskState;
  /** Milliseconds since it was spawned. */
  readonly ageMs: number;
  /** Milliseconds since its body started; missing when it did not. */
  readonly runningMs: number | undefined;
  /** Milliseconds since its abort was asked for; missing when it was not. */
  readonly closingMs: number | undefined;
  /** Shields and clean-ups that have not finished. */
  readonly shielded: number;
  /** What was found wrong with its time, last; missing when nothing was. */
  readonly overdue: OverdueKind | undefined;
}

/** What a supervisor holds at one moment. */
export interface Inspection {
  readonly name: string;
  readonly closed: boolean;
  readonly limit: number;
  /** Slots that are taken, at most `limit`. */
  readonly occupied: number;
  /** Tasks that wait for a slot. */
  readonly pending: number;
  /** Spawns that wait for room, beyond the pending tasks. */
  readonly waiting: number;
  /** Tasks that were decided and have not finished. */
  readonly stuck: number;
  /** Tasks that close for too long, run past a multiple of their deadline, or are stuck. */
  readonly overdue: number;
  /** Every task that has not settled, oldest first. */
  readonly tasks: readonly TaskInfo[];
  /** The tasks decided last, newest first. */
  readonly recent: readonly RecentTask[];
}

/** What became of the tasks that `close()` found. */
export interface CloseReport {
  /** Tasks that came to an end of their own meanwhile, whatever it was. */
  readonly finished: number;
  /** Tasks that ended cancelled, those that never started included. */
  readonly cancelled: number;
  /** Tasks whose bodies may still run. */
  readonly stuck: readonly TaskInfo[];
}
