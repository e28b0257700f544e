import { Cancellation } from './abort-source.js';
import { Announcement } from './announcement.js';
import { BodyContext } from './body-context.js';
import { causeForChildren, type Children, type TaskFailure } from './children.js';
import type { Clock } from './clock.js';
import { Deadlines } from './deadlines.js';
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
import { SuppressedErrors } from './suppressed-errors.js';
import { TaskBody } from './task-body.js';
import type { TaskHome, TaskOwner } from './task-owner.js';
import type { WaitOwner } from './wait-context.js';
import type { WaitingSpawn } from './waiting-spawn.js';

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
  readonly #body: TaskBody;
  #state: TaskState = 'pending';
  #startedAtMs: number | undefined;
  #abortedAtMs: number | undefined;
  #cause: AbortCause | undefined;
  #settlement: Settlement<unknown> | undefined;
  // Made when needed: most tasks are never aborted, have no deadline, protect nothing.
  #cancellation: Cancellation | undefined;
  #settled: Announcement<void> | undefined;
  #deadlines: Deadlines | undefined;
  #protected: ProtectedWork | undefined;
  #children: Children | undefined;
  #overdue: OverdueWatch | undefined;
  #suppressed: SuppressedErrors | undefined;
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
    this.#body = new TaskBody(body);
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
    this.#follow();
    this.home.parent?.children.add(this);
  }

  /** It waits for room, and has not entered: its signal and its queue deadline count all the same. */
  beginWaiting(): void {
    this.#follow();
    this.queue();
  }

  endWaiting(): void {
    this.#unfollow();
    this.#deadlines?.clear();
  }

  #follow(): void {
    const { signal } = this.options;
    if (signal !== undefined) this.owner.links.link(signal, this);
  }

  #unfollow(): void {
    const { signal } = this.options;
    if (signal !== undefined) this.owner.links.unlink(signal, this);
  }

  /** It has to wait for a slot. */
  queue(): void {
    const { queueDeadlineMs } = this.options;
    this.#body.keepContext();
    if (queueDeadlineMs === undefined) return;
    const leftMs = this.spawnedAtMs + queueDeadlineMs - this.clock.now();
    this.#limitPhase(leftMs, () => this.#expire('queue', queueDeadlineMs));
  }

  /**
   * `nowMs` is the time on the clock. It does not start if its parent was aborted a moment ago, but
   * is decided.
   */
  start(nowMs: number): void {
    const { runDeadlineMs, idleTimeoutMs } = this.options;
    const parentsAbort = this.home.parent?.causeForChildren;
    if (parentsAbort !== undefined) return void this.abort(parentsAbort);
    this.#state = 'running';
    this.#startedAtMs = nowMs;
    if (runDeadlineMs === undefined) this.#deadlines?.clear();
    else
      this.#limitPhase(runDeadlineMs, () =>
        this.#expire(this.isScope ? 'scope' : 'run', runDeadlineMs),
      );
    if (idleTimeoutMs !== undefined) {
      this.#deadlinesMade().watchIdle(idleTimeoutMs, () => this.#expire('idle', idleTimeoutMs));
    }
    this.#body.run(new BodyContext(this), (settlement) => this.#bodySettled(settlement));
  }

  cancel(reason: unknown): CancelResult {
    return this.abort({ reason: toReason(reason) });
  }

  /** A deadline has passed. */
  #expire(which: TaskDeadline, limitMs: number): void {
    const reason = new DeadlineExceededError(`"${this.name}"`, which, limitMs);
    this.abort({ reason, deadline: which });
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
    if (this.#outcome.isMade || !this.#suppressedMade().add(error)) this.lateError(error);
  }

  lateError(error: unknown): void {
    this.owner.lateError(error, this);
  }

  /** A part of it ended or finished: its body, a shield or clean-up, a child. */
  partEnded(): void {
    if (this.#outcome.isMade) this.#settleIfFinished();
    else if (this.#hasEnded) this.#decide();
  }

  /** Aborts what still goes on beside a failure. */
  failFast({ task, error }: TaskFailure): void {
    if (this.#cause !== undefined || this.#children?.policy !== 'fail-fast') return;
    if (this.#settlement !== undefined && this.#children.allDecided) return;
    this.abort({ reason: new SiblingFailedError(task, error), failed: true });
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
    this.partEnded();
    return 'accepted';
  }

  /** It is closing, or has ended: from now on it has this long at most. */
  closeWithin(ms: number): void {
    if (this.#state !== 'closing' || this.endsAtMs <= this.clock.now() + ms) return;
    this.#limitPhase(ms, () => this.giveUp());
  }

  #noteLaterCause({ reason }: AbortCause): void {
    if (reason === this.#cause?.reason || !this.#suppressedMade().wantsLaterCause()) return;
    this.suppress(reason);
  }

  #bodySettled(settlement: Settlement<unknown>): void {
    this.#settlement = settlement;
    this.#deadlines?.endIdle();
    if (settlement.status === 'rejected') this.#bodyFailed(settlement.error);
    this.partEnded();
  }

  #bodyFailed(error: unknown): void {
    const isNews = !answersAbort(error, this.#cause?.reason);
    if (this.#outcome.isMade && isNews) this.lateError(error);
    this.failFast({ task: this.name, error });
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
    this.#unfollow();
    const end = this.#children?.endOf(this.#settlement, this.#cause);
    const outcome = outcomeOf({
      started,
      stuck,
      settlement: end === undefined ? this.#settlement : end.settlement,
      cause: end === undefined ? this.#cause : end.cause,
      suppressed: this.#suppressed?.list ?? NOTHING,
    });
    this.#body.drop();
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

  #suppressedMade(): SuppressedErrors {
    return (this.#suppressed ??= new SuppressedErrors());
  }

  #protectedMade(): ProtectedWork {
    return (this.#protected ??= new ProtectedWork(this));
  }
}

const NOTHING: readonly never[] = Object.freeze([]);
