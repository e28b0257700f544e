/**
 * The limits of time of a task: waiting for a slot, running, silence between heartbeats, and those
 * of the scope or task that it belongs to.
 */
export type TaskDeadline = 'queue' | 'run' | 'idle' | 'scope';

/** Every limit of time there is: those of a task, that of a shield, that of `withTimeout`. */
export type Deadline = TaskDeadline | 'shield' | 'timeout';

/** Something took longer than it was given. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError';

  constructor(
    what: string,
    readonly which: Deadline,
    readonly limitMs: number,
  ) {
    super(`${what} ${EXCEEDED[which]} ${limitMs} ms`);
  }
}

const EXCEEDED: Record<Deadline, string> = {
  queue: 'did not start within its queue deadline of',
  run: 'ran longer than its run deadline of',
  idle: 'gave no heartbeat within its idle timeout of',
  scope: 'was not over within its deadline of',
  shield: 'used up its shield of',
  timeout: 'took longer than',
};

/**
 * The reason of a task that was cancelled with a text. Cancelled with an error, that error is the
 * reason.
 */
export class TaskCancelledError extends Error {
  override readonly name = 'TaskCancelledError';
}

/** The reason of tasks that were aborted because one beside them failed; `cause` is its error. */
export class SiblingFailedError extends Error {
  override readonly name = 'SiblingFailedError';

  constructor(task: string, error: unknown) {
    super(`"${task}" failed, and nothing beside it goes on`, { cause: error });
  }
}

/** The reason of tasks that `close()` cancelled. */
export class SupervisorClosedError extends Error {
  override readonly name = 'SupervisorClosedError';

  constructor(supervisor: string) {
    super(`the supervisor "${supervisor}" was closed`);
  }
}

/**
 * Why a task was not taken: the supervisor is closed, or every slot and every waiting place is
 * taken.
 */
export type Refusal = 'closed' | 'full';

/** `spawn` was refused: no task came to be, nothing ran. */
export class SpawnRefusedError extends Error {
  override readonly name = 'SpawnRefusedError';

  constructor(
    supervisor: string,
    task: string,
    readonly refusal: Refusal,
  ) {
    super(`"${task}" was not taken: the supervisor "${supervisor}" is ${refusal}`);
  }
}

/** A reason that can be thrown: errors stay themselves, anything else is wrapped. */
export function toReason(reason: unknown): Error {
  if (isErrorLike(reason)) return reason;
  return new TaskCancelledError(messageOf(reason), { cause: reason });
}

/**
 * Whether `error` is what a cancelled operation rejects with: the abort's reason, an error caused
 * by it, or an AbortError. It says nothing new, so nobody needs to hear of it.
 */
export function answersAbort(error: unknown, reason: unknown): boolean {
  if (error === reason) return true;
  if (!isErrorLike(error)) return false;
  return error.name === 'AbortError' || (reason !== undefined && error.cause === reason);
}

/** What an error says, for people. Never throws, whatever was thrown. */
export function messageOf(error: unknown): string {
  return textOf(error, ({ message }) => message);
}

/** The same with the stack, if there is one. */
export function stackOf(error: unknown): string {
  return textOf(error, ({ message, stack }) => stack ?? message);
}

function textOf(error: unknown, tell: (error: Error) => unknown): string {
  try {
    return String(isErrorLike(error) ? tell(error) : error);
  } catch {
    return 'something that cannot be printed was thrown';
  }
}

// Not `instanceof`: an error of another realm (a `vm` context, as in Jest) is an error too.
function isErrorLike(value: unknown): value is Error {
  try {
    return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
  } catch {
    return false;
  }
}
