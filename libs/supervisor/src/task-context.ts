import type { Body, ScopeOptions, SpawnOptions, Task } from './task.js';

/**
 * The part of a context that waits. Every wait rejects with the signal's reason once that is
 * aborted, and keeps rejecting.
 */
export interface WaitContext {
  /** Aborted when the work has to stop; pass it on to whatever takes one. */
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline of the present phase, at least 0; `Infinity` without one. */
  remainingMs(): number;
  /**
   * Lets the event loop turn once, so that timers fire and a cancel can arrive in a long
   * computation. Rejects when aborted.
   */
  checkpoint(): Promise<void>;
  /** Resolves after `ms` milliseconds. Rejects when aborted. */
  sleep(ms: number): Promise<void>;
  /**
   * Settles as `promise` does. Rejects when aborted; then it stays attached, and a late rejection
   * is reported. It does not stop the work behind `promise`, which keeps a reaction of every call
   * until it settles.
   */
  wait<T>(promise: PromiseLike<T>): Promise<T>;
}

/**
 * Releases something at an abort. Its own waits are cut off when its share of the closing time is
 * used up.
 */
export type Cleanup = (reason: Error, within: WaitContext) => unknown;

/**
 * What a body may use. The methods need their object: `context.sleep(1)`, not `const { sleep } =
 * context`.
 */
export interface TaskContext extends WaitContext {
  /** Starts the idle timeout anew. Costs next to nothing. */
  heartbeat(): void;
  /**
   * Runs `cleanup` when the task is aborted (at once, if it was): the last registered first, one
   * after the other, each within an equal share of the closing time that is left. One that throws
   * does not skip the rest. Not run when the body ends by itself. The result takes it back.
   */
  onAbort(cleanup: Cleanup): () => void;
  /**
   * Runs work that the abort of the task must not interrupt, such as saying goodbye. Rejects with a
   * DeadlineExceededError after `timeoutMs`, and aborts the signal that the work got. The task is
   * not settled before the work is. The time after an abort stays bounded by the supervisor's
   * `closeTimeoutMs`, shield or not.
   */
  shield<T>(
    work: (within: WaitContext) => PromiseLike<T>,
    limit: { readonly timeoutMs: number },
  ): Promise<T>;
  /**
   * Starts a child: a task that is a part of this one. This one's abort, whatever the cause, aborts
   * it too; this one is decided only after it; and when it fails, this one has failed (at once,
   * with `fail-fast`). It needs no slot of the supervisor: see `SpawnOptions.children`. Otherwise
   * like `Supervisor.spawn`; a `key` may find a task that is no child of this one, which then
   * neither waits for it nor fails with it. Rejects with the abort's reason once this task was
   * aborted, before or while it waits (that rejection is never an unhandled one), with an error once
   * this task has ended, or when it is nested 100 deep.
   */
  spawn<T>(name: string, body: Body<T>, options?: SpawnOptions): Promise<Task<T>>;
  /**
   * Opens a scope within this task: see `Supervisor.scope`. An abort of this task aborts it. What
   * fails in it fails this call, not this task.
   */
  scope<T>(options: ScopeOptions, body: Body<T>): Promise<T>;
}
