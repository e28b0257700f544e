import type { Admission } from './admission.js';
import type { Children } from './children.js';
import type { Clock } from './clock.js';
import type { Outcome } from './outcome.js';
import type { OverdueKind, OverdueLimits } from './overdue-watch.js';
import type { SignalLinks } from './signal-links.js';
import type { SupervisedTask } from './supervised-task.js';
import type { Body, ScopeOptions, SpawnOptions, Task } from './task.js';

/** Where a task belongs. */
export interface TaskHome {
  /** The task, or scope, that it is a part of. */
  readonly parent: SupervisedTask | undefined;
  /** Where it gets its slot. A scope has none: it needs no slot. */
  readonly admission: Admission | undefined;
  /** The names of the scopes and tasks around it, outermost first. */
  readonly path: readonly string[];
}

/** What a task needs from whoever owns it. */
export interface TaskOwner {
  readonly clock: Clock;
  /** What an aborted body gets to stop; `close()` may say otherwise. */
  closeTimeoutMs: number;
  /** Why tasks are cancelled by `close()`. */
  readonly closeReason: Error;
  readonly overdue: OverdueLimits;
  readonly links: SignalLinks;
  /** What a task that wants children gets. */
  childrenOf(task: SupervisedTask): Children;
  /** Spawns a child. */
  spawn<T>(
    name: string,
    body: Body<T>,
    options: SpawnOptions | undefined,
    parent: SupervisedTask,
  ): Promise<Task<T>>;
  /** Opens a scope within a task. */
  scope<T>(options: ScopeOptions, body: Body<T>, parent: SupervisedTask): Promise<T>;
  /** Called once, when the outcome is known. `task.state` says whether the task settled with it. */
  taskDecided(task: SupervisedTask, outcome: Outcome): void;
  /** Called once for a task that was decided `stuck`, should it settle after all. */
  taskSettledLate(task: SupervisedTask): void;
  /** Called once for each kind. */
  taskOverdue(task: SupervisedTask, kind: OverdueKind): void;
  /** An error that nobody is left to catch. */
  lateError(error: unknown, task: SupervisedTask): void;
}
