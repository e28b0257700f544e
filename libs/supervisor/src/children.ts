import { answersAbort, messageOf } from './errors.js';
import type { AbortCause, Outcome, Settlement } from './outcome.js';
import type { SupervisedTask } from './supervised-task.js';
import type { TaskHome } from './task-owner.js';

/** What the failure of one task means for those beside it. */
export type FailurePolicy = 'fail-fast' | 'collect';

/** The bounds of the tasks that one task or scope starts. */
export interface ChildrenOptions {
  /** Bodies of them that run at once: 1 or more. */
  readonly limit?: number;
  /** Of them, how many may wait for a slot before `spawn` itself waits: 0 or more. */
  readonly pendingLimit?: number;
  /**
   * With `fail-fast` the first failure aborts the parent and all its other children, with
   * `collect` they go on. Either way the parent fails once all of them are decided. Default
   * `fail-fast`.
   */
  readonly onFailure?: FailurePolicy;
}

/** An error, and the task it came from. */
export interface TaskFailure {
  readonly task: string;
  readonly error: unknown;
}

/** Failures that are kept for the parent's own error. All of them stand in outcomes of their own. */
const MAX_FAILURES = 100;

/** Where children belong: their parent is known. */
export interface ChildHome extends TaskHome {
  readonly parent: SupervisedTask;
}

/** The tasks that one task started, and what became of them. Tells that task. */
export class Children {
  /** Where they belong. */
  readonly home: ChildHome;
  readonly policy: FailurePolicy;
  readonly #unsettled = new Set<SupervisedTask>();
  readonly #failures: TaskFailure[] = [];
  #undecided = 0;
  #failed = 0;
  /** Why some of them did not do their work: the parent was aborted, or the supervisor closed. */
  #cutOffBy: Error | undefined;

  constructor(home: ChildHome, policy: FailurePolicy) {
    this.home = home;
    this.policy = policy;
  }

  get allDecided(): boolean {
    return this.#undecided === 0;
  }

  get allSettled(): boolean {
    return this.#unsettled.size === 0;
  }

  get failures(): readonly TaskFailure[] {
    return this.#failures;
  }

  /** How many failed, those included whose errors are not kept. */
  get failed(): number {
    return this.#failed;
  }

  /** From its spawn on, if it waits for room. A second time changes nothing. */
  add(child: SupervisedTask): void {
    if (this.#unsettled.has(child)) return;
    this.#unsettled.add(child);
    this.#undecided += 1;
  }

  /** It waited for room, and no task came of it. */
  remove(child: SupervisedTask): void {
    if (this.#unsettled.delete(child)) this.#undecided -= 1;
    this.home.parent.partEnded();
  }

  decided(child: SupervisedTask, outcome: Outcome): void {
    this.#undecided -= 1;
    if (child.state === 'settled') this.#unsettled.delete(child);
    if ('reason' in outcome && this.#isFromAbove(outcome.reason)) this.#cutOffBy = outcome.reason;
    const failure = failureOf(child, outcome);
    if (failure !== undefined) this.#failure(failure);
    this.home.parent.partEnded();
  }

  settledLate(child: SupervisedTask): void {
    this.#unsettled.delete(child);
    this.home.parent.partEnded();
  }

  /** Those first that have not started: what a running one frees by ending is not for them. */
  abort(cause: AbortCause): void {
    const started = [];
    for (const child of this.#unsettled) {
      if (child.waitingSpawn !== undefined) child.waitingSpawn.refuse(cause.reason);
      else if (child.state === 'pending') child.abort(cause);
      else started.push(child);
    }
    for (const child of started) child.abort(cause);
  }

  /**
   * The end of the parent, its children's included: when one of them failed, it failed; when one
   * was cut off, so was it. One error stays itself; several make an AggregateError that names the
   * tasks.
   */
  endOf(settlement: Settlement<unknown> | undefined, cause: AbortCause | undefined): End {
    if (this.#failed > 0) return { settlement: allFailures(settlement, cause, this), cause };
    const error = this.#cutOffBy;
    if (error === undefined || settlement?.status !== 'fulfilled') return { settlement, cause };
    return { settlement: { status: 'rejected', error }, cause: cause ?? { reason: error } };
  }

  #failure(failure: TaskFailure): void {
    this.#failed += 1;
    if (this.#failures.length < MAX_FAILURES) this.#failures.push(failure);
    this.home.parent.failFast(failure);
  }

  #isFromAbove(reason: Error): boolean {
    const { parent } = this.home;
    return reason === parent.causeForChildren?.reason || reason === parent.owner.closeReason;
  }

  giveUp(): void {
    for (const child of this.#unsettled) child.giveUp();
  }
}

/** Why the children of an aborted task have to stop. */
export function causeForChildren({ reason, deadline }: AbortCause): AbortCause {
  return { reason, deadline: deadline && 'scope' };
}

/** How a task's work settled, and why it was aborted. */
export interface End {
  readonly settlement: Settlement<unknown> | undefined;
  readonly cause: AbortCause | undefined;
}

function allFailures(
  settlement: Settlement<unknown> | undefined,
  cause: AbortCause | undefined,
  children: Children,
): Settlement<unknown> {
  const { parent } = children.home;
  const failures = [...children.failures];
  let { failed } = children;
  if (settlement?.status === 'rejected' && isNews(settlement.error, failures, cause)) {
    failures.unshift({ task: parent.name, error: settlement.error });
    failed += 1;
  }
  const [first] = failures;
  const error = failed === 1 ? first?.error : severalErrors(parent.name, failures, failed);
  return { status: 'rejected', error };
}

/**
 * Nothing when the child did its work, was cancelled on purpose, or ended because of its parent.
 * What went wrong in a scope was thrown to whoever opened it.
 */
function failureOf(child: SupervisedTask, outcome: Outcome): TaskFailure | undefined {
  if (child.isScope) return undefined;
  if (outcome.status === 'failed') return { task: child.name, error: outcome.error };
  if (outcome.status !== 'timed-out' || outcome.which === 'scope') return undefined;
  return { task: child.name, error: outcome.reason };
}

function isNews(
  error: unknown,
  known: readonly TaskFailure[],
  cause: AbortCause | undefined,
): boolean {
  if (cause !== undefined && answersAbort(error, cause.reason)) return false;
  return known.every((failure) => failure.error !== error);
}

function severalErrors(parent: string, failures: readonly TaskFailure[], failed: number): Error {
  const told = failures.map(({ task, error }) => `"${task}": ${messageOf(error)}`);
  if (failed > failures.length) told.push(`and ${failed - failures.length} more`);
  return new AggregateError(
    failures.map(({ error }) => error),
    `${failed} tasks of "${parent}" failed: ${told.join('; ')}`,
  );
}
