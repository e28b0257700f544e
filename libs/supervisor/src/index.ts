export { abortable } from './abortable.js';
export type { ChildrenOptions, FailurePolicy } from './children.js';
export { type Clock, systemClock, type Timer } from './clock.js';
export type { CloseOptions } from './close.js';
export { Deferred } from './deferred.js';
export {
  answersAbort,
  type Deadline,
  DeadlineExceededError,
  messageOf,
  type Refusal,
  SiblingFailedError,
  SpawnRefusedError,
  SupervisorClosedError,
  TaskCancelledError,
  type TaskDeadline,
} from './errors.js';
export { fullJitter, type JitterOptions } from './full-jitter.js';
export { Gate } from './gate.js';
export type { CloseReport, Inspection, TaskInfo } from './inspection.js';
export type { KeyCancelResult } from './keys.js';
export { ManualClock } from './manual-clock.js';
export { onAbort } from './on-abort.js';
export type { OverdueKind } from './overdue-watch.js';
export type { RecentTask } from './recent-tasks.js';
export type { SupervisorOptions } from './options.js';
export type { Cancelled, Failed, Outcome, OutcomeFlags, Succeeded, TimedOut } from './outcome.js';
export { sleep } from './sleep.js';
export type { StuckPolicy } from './stuck-budget.js';
export { Supervisor } from './supervisor.js';
export type { Body, CancelResult, ScopeOptions, SpawnOptions, Task, TaskState } from './task.js';
export type { Cleanup, TaskContext, WaitContext } from './task-context.js';
export { turn } from './turn.js';
export type { LateErrorListener } from './wait.js';
export { type TimeoutOptions, withTimeout } from './with-timeout.js';
