/** How a target can end; set once. */
export const TARGET_OUTCOMES = [
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'lost',
  'skipped',
] as const;
export type TargetOutcome = (typeof TARGET_OUTCOMES)[number];

/** What a task-runner says of a target: each attempt's start, the wait for the next, the outcome. */
export const TARGET_STATES = ['started', 'retrying', ...TARGET_OUTCOMES] as const;
export type TargetState = (typeof TARGET_STATES)[number];

/** How an execution can end. */
export const EXECUTION_OUTCOMES = [
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'rejected',
] as const;
export type ExecutionOutcome = (typeof EXECUTION_OUTCOMES)[number];

/** What an execution is doing, then how it ended. */
export const EXECUTION_STATES = ['queued', 'running', 'paused', ...EXECUTION_OUTCOMES] as const;
export type ExecutionState = (typeof EXECUTION_STATES)[number];

/** How sure it is that the processes of an attempt are gone. */
export const TERMINATIONS = ['proven', 'presumed', 'unknown'] as const;
export type Termination = (typeof TERMINATIONS)[number];

/** What happens to a target that ran when its owner vanished. */
export const ON_LOST = ['retry', 'fail'] as const;
export type OnLost = (typeof ON_LOST)[number];
