import type { ChildrenOptions } from './children.js';
import type { TaskContext } from './task-context.js';
import type { Outcome } from './outcome.js';

/**
 * An async function that a supervisor runs. It gets a context whose signal says when to stop. It
 * should pass the signal on, wait through the context, and return or throw soon after the abort. It
 * runs in the async context of its spawn (Node's AsyncLocalStorage), however long it had to wait.
 */
export type Body<T> = (context: TaskContext) => PromiseLike<T>;

/**
 * Where a task stands. `closing`: its abort was asked for. `stuck`: decided, and not finished.
 * `settled`: decided, and finished, or never started.
 */
export type TaskState = 'pending' | 'running' | 'closing' | 'stuck' | 'settled';

/**
 * What `cancel` did: the abort was asked for now, had been asked for before, or came after the end.
 */
export type CancelResult = 'accepted' | 'already' | 'ended';

/** What a spawn may say about its task. */
export interface SpawnOptions {
  /** Shown by `inspect()` and in reports; a number of the supervisor's own unless given. */
  readonly id?: string;
  /**
   * Makes the spawn idempotent: while a task of this key lives, and for a while after, spawning
   * returns that task.
   */
  readonly key?: string;
  /**
   * Whose turn it takes when it has to wait: an execution, a stream. Groups take turns, so that one
   * with many tasks does not keep another one waiting. None is a group too.
   */
  readonly group?: string;
  /**
   * Cancels the task, with its own reason, in any state before the end. It may be shared by any
   * number of tasks.
   */
  readonly signal?: AbortSignal;
  /** From the spawn to the start; after that it never starts. None unless given. */
  readonly queueDeadlineMs?: number;
  /** From the start to the abort. None unless given. */
  readonly runDeadlineMs?: number;
  /** From the start, or the last `heartbeat()`, to the abort. None unless given. */
  readonly idleTimeoutMs?: number;
  /**
   * The bounds of the tasks that this one spawns. Their slots are its own, not the supervisor's: a
   * parent that waited for a child that waited for a slot would wait for ever. The limits are the
   * supervisor's unless given.
   */
  readonly children?: ChildrenOptions;
}

/** What a scope is made of. */
export interface ScopeOptions extends ChildrenOptions {
  /** Shown by `inspect()`, in errors and in reports. */
  readonly name: string;
  /** Shown by `inspect()`; a number of the supervisor's own unless given. */
  readonly id?: string;
  /** Cancels the scope and all in it, with its own reason. */
  readonly signal?: AbortSignal;
  /** From the start to the abort of all that is in it. None unless given. */
  readonly deadlineMs?: number;
}

/** One body with its name, deadlines and outcome. */
export interface Task<T = unknown> {
  readonly id: string;
  readonly name: string;
  readonly key: string | undefined;
  readonly state: TaskState;
  /**
   * Resolves once the task is decided, which a supervisor guarantees within its deadlines. Never
   * rejects.
   */
  readonly outcome: Promise<Outcome<T>>;
  /**
   * Resolves once the body and all it started under the context have really finished: perhaps
   * never. Never rejects.
   */
  readonly settled: Promise<void>;
  /**
   * Asks the task to stop. A pending one is decided at once and never starts; a running one is
   * aborted with `reason` (a text becomes a TaskCancelledError). The first cause stays; a later one
   * is kept among the outcome's `suppressed`.
   */
  cancel(reason: string | Error): CancelResult;
}
