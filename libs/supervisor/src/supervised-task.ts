import { AsyncResource } from 'node:async_hooks';
import { Cancellation } from './abort-source.js';
import { Announcement } from './announcement.js';
import { BodyContext } from './body-context.js';
import { causeForChildren, type Children, type TaskFailure } from './children.js';
import type { Clock } from './clock.js';
import { Deadlines } from './deadlines.js';
import { Deferred } from './deferred.js';
import {
  answersAbort,
  DeadlineExceededError,
  SiblingFailedError,
  type TaskDeadline,
  toReason,
} from './errors.js';
import type { Grouped } from './fair-line.js';
import type { TaskInfo } from './inspection.js';
import type { Place } from './line.js';
import { type AbortCause, type Outcome, outcomeOf, type Settlement } from './outcome.js';
import { OverdueWatch } from './overdue-watch.js';
import { ProtectedWork, type ProtectedWorkOwner } from './protected-work.js';
import type { SignalFollower } from './signal-links.js';
import type { Body, CancelResult, SpawnOptions, Task, TaskState } from './task.js';
import type { Cleanup, WaitContext } from './task-context.js';
import type { TaskHome, TaskOwner } from './task-owner.js';
import type { WaitOwner } from './wait-context.js';
import type { WaitingSpawn } from './waiting-spawn.js';

/** Tasks within tasks; an abort goes through all of them at once. */
const MAX_DEPTH = 100;

/** Errors that are kept beside an outcome; those beyond are reported. */
const MAX_SUPPRESSED = 100;

/** Later reasons to abort are kept for the outcome, but not without a bound. */
const MAX_LATER_CAUSES = 8;

/**
 * One task, from its spawn to the end of all it started.
 *
 *     pending ──start──▶ running ──abort──▶ closing ──ended────────▶ settled
 *        │                  │                  └──closeTimeout──▶ stuck ──finished──▶ settled
 *        │                  └──ended──▶ settled   (stuck, when shielded work outlived its shield)
 *        └──cancel, close, queue deadline──▶ settled   (never started)
 *
 * *Ended*: the body settled, its shields returned, its clean-ups ran, its children are decided. All
 * of these are bounded in time, except what nobody aborted. *Finished*: the promises of all of them
 * settled, which nobody can enforce. The outcome is decided on entering `stuck` or `settled`, and
 * never changes.
 *
 * A task that was constructed and neither entered nor decided has left no trace anywhere: it may be
 * dropped.
 */
export class SupervisedTask
  implements Task, Grouped, WaitOwner, ProtectedWorkOwner, SignalFollower
{
  readonly name: string;
  readonly options: SpawnOptions;
  readonly home: TaskHome;
  readonly spawnedAtMs: number;
  /** Its place in the line while it is pending. Kept by the admission. */
  place: Place<SupervisedTask> | undefined;
  /** Set while it has not entered, because there was no room. Kept by the admission. */
  waitingSpawn: WaitingSpawn | undefined;
  /** Whether it holds a slot, or did until it was replaced. Kept by the admission. */
  slot: 'none' | 'held' | 'replaced' = 'none';

  readonly owner: TaskOwner;
  readonly #sequence: number;
  readonly #outcome = new Announcement<Outcome>();
  #body: Body<unknown> | undefined;
  #state: TaskState = 'pending';
  #startedAtMs: number | undefined;
  #abortedAtMs: number | undefined;
  #cause: AbortCause | undefined;
  #settlement: Settlement<unknown> | undefined;
  // Made when needed: most tasks are never aborted, have no deadline, protect nothing.
  #cancellation: Cancellation | undefined;
  #context: AsyncResource | undefined;
  #settled: Announcement<void> | undefined;
  #deadlines: Deadlines | undefined;
  #protected: ProtectedWork | undefined;
  #children: Children | undefined;
  #overdue: OverdueWatch | undefined;
  #suppressed: unknown[] | undefined;
  #laterCauses = 0;
  /** Whether its abort is being told: what that ends must not end the task before all heard of it. */
  #isAborting = false;

  constructor(
    owner: TaskOwner,
    sequence: number,
    name: string,
    body: Body<unknown>,
    options: SpawnOptions,
    home: TaskHome,
  ) {
    this.owner = owner;
    this.#sequence = sequence;
    this.#body = body;
    this.name = name;
    this.options = options;
    this.home = home;
    this.spawnedAtMs = owner.clock.now();
  }

  get id(): string {
    return this.options.id ?? String(this.#sequence);
  }

  get key(): string | undefined {
    return this.options.key;
  }

  get group(): string | undefined {
    return this.options.group;
  }

  get state(): TaskState {
    return this.#state;
  }

  /** The names of its ancestors, outermost first. */
  get scope(): readonly string[] {
    return this.home.path;
  }

  get clock(): Clock {
    return this.owner.clock;
  }

  get endsAtMs(): number {
    if (this.#outcome.isMade) return -Infinity;
    return this.#deadlines?.endsAtMs ?? Infinity;
  }

  get cancellation(): Cancellation {
    return (this.#cancellation ??= new Cancellation());
  }

  get outcome(): Promise<Outcome> {
    return this.#outcome.promise;
  }

  get settled(): Promise<void> {
    if (this.#settled === undefined) {
      this.#settled = new Announcement();
      if (this.#state === 'settled') this.#settled.make();
    }
    return this.#settled.promise;
  }

  /** A scope is a task without a slot. */
  get isScope(): boolean {
    return this.home.admission === undefined;
  }

  /** The tasks that it starts; asking for them makes it a parent. */
  get children(): Children {
    return (this.#children ??= this.owner.childrenOf(this));
  }

  /** From here on its signal counts, and its parent's abort. */
  enter(): void {
    const { signal } = this.options;
    if (signal !== undefined) this.owner.links.link(signal, this);
    this.home.parent?.children.add(this);
  }

  /** It does not start at once: its body will run in the async context of now, not of whoever frees its slot. */
  keepContext(): void {
    this.#context = new AsyncResource('SupervisedTask', { requireManualDestroy: true });
  }

  /** It has to wait for a slot. */
  queue(): void {
    const { queueDeadlineMs } = this.options;
    if (queueDeadlineMs === undefined) return;
    this.#limitPhase(this.queueLeftMs(), () => this.expire('queue', queueDeadlineMs));
  }

  /** Milliseconds until its queue deadline. */
  queueLeftMs(): number {
    return this.spawnedAtMs + (this.options.queueDeadlineMs ?? Infinity) - this.clock.now();
  }

  /**
   * `nowMs` is the time on the clock. It does not start if its parent was aborted a moment ago, but
   * is decided.
   */
  start(nowMs: number): void {
    const parentsAbort = this.home.parent?.causeForChildren;
    if (parentsAbort !== undefined) this.abort(parentsAbort);
    else this.#start(nowMs);
  }

  #start(nowMs: number): void {
    const { runDeadlineMs, idleTimeoutMs } = this.options;
    this.#state = 'running';
    this.#startedAtMs = nowMs;
    if (runDeadlineMs === undefined) this.#deadlines?.clear();
    else this.#limitPhase(runDeadlineMs, () => this.#ranTooLong(runDeadlineMs));
    if (idleTimeoutMs !== undefined) {
      this.#deadlinesMade().watchIdle(idleTimeoutMs, () => this.expire('idle', idleTimeoutMs));
    }
    const body = this.#body;
    this.#body = undefined;
    const fulfilled = (value: unknown): void => this.#bodySettled({ status: 'fulfilled', value });
    const rejected = (error: unknown): void => this.#bodySettled({ status: 'rejected', error });
    try {
      Promise.resolve(this.#run(body)).then(fulfilled, rejected);
    } catch (error) {
      // A body that throws before its first `await` fails like any other: not inside its own start.
      Promise.reject(error).catch(rejected);
    }
  }

  #run(body: Body<unknown> | undefined): unknown {
    const context = this.#context;
    this.#context = undefined;
    if (body === undefined || context === undefined) return body?.(new BodyContext(this));
    return context.runInAsyncScope(body, undefined, new BodyContext(this));
  }

  cancel(reason: string | Error): CancelResult {
    return this.abort({ reason: toReason(reason) });
  }

  signalAborted(reason: unknown): void {
    this.abort({ reason: toReason(reason) });
  }

  /** A deadline has passed. */
  expire(which: TaskDeadline, limitMs: number): void {
    const reason = new DeadlineExceededError(`"${this.name}"`, which, limitMs);
    this.abort({ reason, deadline: which });
  }

  #ranTooLong(limitMs: number): void {
    this.expire(this.isScope ? 'scope' : 'run', limitMs);
  }

  /** Decides the task now, whatever is unfinished: nobody waits for it any longer. */
  giveUp(): void {
    this.#children?.giveUp();
    if (this.#outcome.isMade) return;
    this.#decide();
    this.#protected?.giveUp(this.#cause?.reason);
  }

  /** Why its children have to stop, once it was aborted. */
  get causeForChildren(): AbortCause | undefined {
    return this.#cause && causeForChildren(this.#cause);
  }

  /**
   * What whoever wants to start something in it gets, when that is not possible any more. The
   * abort's reason is known elsewhere: that rejection is never an unhandled one.
   */
  get refusal(): Promise<never> | undefined {
    if (this.#cause !== undefined) {
      const aborted = new Deferred<never>();
      aborted.rejectHandled(this.#cause.reason);
      return aborted.promise;
    }
    if (this.#outcome.isMade) {
      return Promise.reject(
        new Error(`"${this.name}" has ended: nothing can be started in it any more`),
      );
    }
    if (this.scope.length < MAX_DEPTH) return undefined;
    return Promise.reject(
      new Error(`"${this.name}" is nested ${MAX_DEPTH} deep: nothing can be started in it`),
    );
  }

  childDecided(child: SupervisedTask, outcome: Outcome): void {
    const failure = this.children.decided(child, outcome);
    if (failure !== undefined) this.#failFast(failure);
    this.#decideIfEnded();
  }

  /** It waited for room, and no task came of it. */
  childLeft(child: SupervisedTask): void {
    this.children.remove(child);
    this.#decideIfEnded();
  }

  childSettledLate(child: SupervisedTask): void {
    this.children.settledLate(child);
    this.#decideIfEnded();
  }

  heartbeat(): void {
    this.#deadlines?.heartbeat();
  }

  onAbort(cleanup: Cleanup): () => void {
    const takeBack = this.#protectedMade().addCleanup(cleanup);
    if (this.#cause !== undefined) void this.#protectedMade().runCleanups(this.#cause.reason);
    return takeBack;
  }

  shield<R>(work: (within: WaitContext) => PromiseLike<R>, timeoutMs: number): Promise<R> {
    if (this.#state === 'settled') {
      return Promise.reject(
        new Error(`"${this.name}" has ended: nothing can be shielded any more`),
      );
    }
    return this.#protectedMade().shield(work, timeoutMs);
  }

  suppress(error: unknown): void {
    const suppressed = (this.#suppressed ??= []);
    if (this.#outcome.isMade || suppressed.length === MAX_SUPPRESSED) this.lateError(error);
    else suppressed.push(error);
  }

  lateError(error: unknown): void {
    this.owner.lateError(error, this);
  }

  protectedWorkChanged(): void {
    this.#decideIfEnded();
  }

  info(nowMs: number): TaskInfo {
    return {
      id: this.id,
      name: this.name,
      key: this.key,
      group: this.group,
      scope: this.scope,
      state: this.#state,
      ageMs: nowMs - this.spawnedAtMs,
      runningMs: this.runningMs(nowMs),
      closingMs: this.#abortedAtMs === undefined ? undefined : nowMs - this.#abortedAtMs,
      shielded: this.#protected?.unfinished ?? 0,
      overdue: this.#overdue?.kind,
    };
  }

  /** Milliseconds since its start, if it started. */
  runningMs(nowMs: number): number | undefined {
    return this.#startedAtMs === undefined ? undefined : nowMs - this.#startedAtMs;
  }

  abort(cause: AbortCause): CancelResult {
    if (this.#outcome.isMade) return 'ended';
    if (this.#cause !== undefined) {
      this.#noteLaterCause(cause);
      return 'already';
    }
    this.#cause = cause;
    if (this.#state === 'pending') {
      this.#decide();
      return 'accepted';
    }
    this.#state = 'closing';
    this.#abortedAtMs = this.clock.now();
    this.#limitPhase(this.owner.closeTimeoutMs, () => this.giveUp());
    this.#overdue = new OverdueWatch(this);
    this.#overdue.begin();
    this.#isAborting = true;
    this.#children?.abort(causeForChildren(cause));
    this.cancellation.abort(cause.reason);
    if (this.#protected !== undefined) void this.#protected.runCleanups(cause.reason);
    this.#isAborting = false;
    this.#decideIfEnded();
    return 'accepted';
  }

  /** It is closing, or has ended: from now on it has this long at most. */
  closeWithin(ms: number): void {
    if (this.#state !== 'closing' || this.endsAtMs <= this.clock.now() + ms) return;
    this.#limitPhase(ms, () => this.giveUp());
  }

  #noteLaterCause({ reason }: AbortCause): void {
    if (reason === this.#cause?.reason || this.#laterCauses === MAX_LATER_CAUSES) return;
    this.#laterCauses += 1;
    this.suppress(reason);
  }

  #bodySettled(settlement: Settlement<unknown>): void {
    this.#settlement = settlement;
    this.#deadlines?.endIdle();
    if (this.#outcome.isMade) this.#reportLateRejection(settlement);
    if (settlement.status === 'rejected') {
      this.#failFast({ task: this.name, error: settlement.error });
    }
    this.#decideIfEnded();
  }

  /** Aborts what still goes on beside a failure. */
  #failFast({ task, error }: TaskFailure): void {
    if (this.#cause !== undefined || this.#children?.policy !== 'fail-fast') return;
    if (this.#settlement !== undefined && this.#children.allDecided) return;
    this.abort({ reason: new SiblingFailedError(task, error), failed: true });
  }

  #reportLateRejection(settlement: Settlement<unknown>): void {
    if (settlement.status === 'fulfilled') return;
    if (answersAbort(settlement.error, this.#cause?.reason)) return;
    this.lateError(settlement.error);
  }

  #decideIfEnded(): void {
    if (this.#outcome.isMade) this.#settleIfFinished();
    else if (this.#hasEnded) this.#decide();
  }

  get #hasEnded(): boolean {
    if (this.#settlement === undefined || this.#isAborting) return false;
    return (this.#protected?.ended ?? true) && (this.#children?.allDecided ?? true);
  }

  #decide(): void {
    const started = this.#startedAtMs !== undefined;
    const stuck = started && !this.#isFinished();
    this.#state = stuck ? 'stuck' : 'settled';
    this.#deadlines?.clear();
    this.#overdue?.end();
    if (this.options.signal !== undefined) this.owner.links.unlink(this.options.signal, this);
    const end = this.#children?.endOf(this.#settlement, this.#cause);
    const outcome = outcomeOf({
      started,
      stuck,
      settlement: end === undefined ? this.#settlement : end.settlement,
      cause: end === undefined ? this.#cause : end.cause,
      suppressed: this.#suppressed ?? NOTHING,
    });
    this.#body = undefined;
    this.#context = undefined;
    this.#outcome.make(outcome);
    if (!stuck) this.#settled?.make();
    this.owner.taskDecided(this, outcome);
    if (stuck) (this.#overdue ??= new OverdueWatch(this)).found('stuck');
  }

  #settleIfFinished(): void {
    if (this.#state !== 'stuck' || !this.#isFinished()) return;
    this.#state = 'settled';
    this.#settled?.make();
    this.owner.taskSettledLate(this);
  }

  #isFinished(): boolean {
    if (this.#settlement === undefined) return false;
    return (this.#protected?.finished ?? true) && (this.#children?.allSettled ?? true);
  }

  #limitPhase(limitMs: number, over: () => void): void {
    this.#deadlinesMade().enterPhase(limitMs, over);
  }

  #deadlinesMade(): Deadlines {
    return (this.#deadlines ??= new Deadlines(this.clock));
  }

  #protectedMade(): ProtectedWork {
    return (this.#protected ??= new ProtectedWork(this));
  }
}

const NOTHING: readonly never[] = Object.freeze([]);
