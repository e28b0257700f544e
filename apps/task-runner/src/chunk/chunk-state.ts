import type { KnownTarget, LeaseMark, OnLost, Retries, TargetChange } from '#contracts';
import type { AttemptEnd, AttemptResult } from './attempt-end.js';
import { retryDelayMs } from './retry.js';
import {
  abortedBy,
  attemptOutcome,
  endedBy,
  gaveUp,
  ownerLost,
  progressOf,
  retrying,
  type TargetProgress,
} from './target-progress.js';

/** What a chunk's grant asks for, as far as it decides which target runs when. */
export interface ChunkPlan {
  readonly known: readonly KnownTarget[];
  readonly onLost: OnLost;
  readonly retries: Retries;
  readonly concurrency: number;
  /** How many targets may still fail; all may unless given. */
  readonly failuresLeft?: number | undefined;
}

/** An attempt that may begin now. */
export interface NextAttempt {
  readonly target: string;
  readonly attempt: number;
}

/** What follows from the end of an attempt. */
export interface Decision {
  /** To be published; missing when the target was interrupted, of which the release tells. */
  readonly change?: TargetChange;
  /** The target waits this long for its next attempt; then call `retryDue`. */
  readonly retryInMs?: number;
}

/**
 * Which target of a chunk runs next, and what becomes of each. Pure: it does nothing and waits for
 * nothing, it only decides.
 *
 *                ┌──────────── retryDue ◀─────────────┐
 *                ▼                                    │
 *   known ──▶ waiting ──next──▶ active ──failed──▶ backing-off
 *     │          │                 │                  │
 *     │ lost     │ mark            │ outcome          │ mark
 *     └──────────┴──────────────▶ ended ◀─────────────┘
 *
 * After a drain nothing leaves `waiting` and `backing-off`, and what is interrupted goes back there.
 */
export class ChunkState {
  private readonly targets: ReadonlyMap<string, TargetProgress>;
  private readonly waiting: TargetProgress[];
  private mark: LeaseMark | null = null;
  private isPaused = false;
  private isDraining = false;
  private open: number;
  private active = 0;
  private failures = 0;

  constructor(
    private readonly plan: ChunkPlan,
    private readonly random: () => number = Math.random,
  ) {
    this.waiting = plan.known.filter(({ outcome }) => outcome === undefined).map(progressOf);
    this.targets = new Map(this.waiting.map((progress) => [progress.target, progress]));
    this.open = this.waiting.length;
  }

  /** Whether every target has its outcome. */
  get isDone(): boolean {
    return this.open === 0;
  }

  /** Whether a drain was asked for and nothing runs any more. */
  get isDrained(): boolean {
    return this.isDraining && this.active === 0;
  }

  /** Whether an attempt may begin now. */
  get canStart(): boolean {
    const hasFailuresLeft = this.failures <= (this.plan.failuresLeft ?? Infinity);
    const isHeld = this.mark !== null || this.isPaused || this.isDraining;
    return (
      this.waiting.length > 0 && this.active < this.plan.concurrency && hasFailuresLeft && !isHeld
    );
  }

  /** Targets that ran when an earlier owner vanished, and must not run again, end. Call it first. */
  endLost(): readonly TargetChange[] {
    if (this.plan.onLost === 'retry') return [];
    const ran = new Set(
      this.plan.known.filter(({ started }) => started).map(({ target }) => target),
    );
    return this.waiting
      .filter(({ target }) => ran.has(target))
      .map((one) => this.end(one, ownerLost(one)));
  }

  /** The next attempt, or nothing while none may begin. It is active until `attemptEnded`. */
  next(): NextAttempt | undefined {
    const progress = this.canStart ? this.waiting.shift() : undefined;
    if (!progress) return undefined;
    progress.phase = 'active';
    progress.attempt += 1;
    progress.begunHere = true;
    delete progress.last;
    this.active += 1;
    return { target: progress.target, attempt: progress.attempt };
  }

  /** The attempt on an active target is over. */
  attemptEnded(target: string, end: AttemptEnd): Decision {
    const progress = this.progress(target);
    this.active -= 1;
    if (end.state !== 'aborted') return this.decide(progress, end);
    if (this.mark && !this.mark.finishRunning) {
      return { change: this.end(progress, abortedBy(this.mark, progress, end)) };
    }
    if (!this.isDraining) return this.decide(progress, gaveUp(end));
    this.wait(progress);
    return {};
  }

  /** The wait of a target between two attempts is over. Nothing happens when it has ended meanwhile. */
  retryDue(target: string): void {
    const progress = this.progress(target);
    if (progress.phase === 'backing-off') this.wait(progress);
  }

  /**
   * The mark in force is this one now (the lease knows which one counts when there are several). What
   * is not active ends; what is has to be aborted, unless the mark lets it finish.
   */
  obey(mark: LeaseMark | null): readonly TargetChange[] {
    if (mark === null || mark === this.mark) return [];
    this.mark = mark;
    return [...this.targets.values()]
      .filter(({ phase }) => phase === 'waiting' || phase === 'backing-off')
      .map((progress) => this.end(progress, endedBy(mark, progress)));
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
  }

  /** From now on nothing begins; what is active may end. */
  drain(): void {
    this.isDraining = true;
  }

  /** Open targets that were tried here: nothing of them runs when it is drained, so they may start again. */
  interrupted(): readonly string[] {
    return [...this.targets.values()]
      .filter(({ phase, begunHere }) => phase !== 'ended' && begunHere)
      .map(({ target }) => target);
  }

  private decide(progress: TargetProgress, end: AttemptResult): Decision {
    const outcome = attemptOutcome(progress, end);
    if (end.state === 'succeeded') return { change: this.end(progress, outcome) };
    progress.failures += 1;
    const { retries } = this.plan;
    const retryInMs = this.mark
      ? undefined
      : retryDelayMs(end, progress.failures, retries, this.random);
    if (retryInMs === undefined) return { change: this.end(progress, outcome) };
    progress.phase = 'backing-off';
    progress.last = outcome;
    return { change: retrying(progress, end), retryInMs };
  }

  private wait(progress: TargetProgress): void {
    progress.phase = 'waiting';
    this.waiting.unshift(progress);
  }

  private end(progress: TargetProgress, outcome: TargetChange): TargetChange {
    if (progress.phase === 'waiting') this.waiting.splice(this.waiting.indexOf(progress), 1);
    progress.phase = 'ended';
    this.open -= 1;
    if (outcome.state === 'failed' || outcome.state === 'timed-out') this.failures += 1;
    return outcome;
  }

  private progress(target: string): TargetProgress {
    const progress = this.targets.get(target);
    if (!progress) throw new RangeError(`${target} is no open target of this chunk`);
    return progress;
  }
}
