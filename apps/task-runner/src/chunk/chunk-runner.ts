import { InterruptedError, LeaseLostError } from '#contracts';
import type { Marks } from '#lease';
import {
  Gate,
  onAbort,
  type Outcome,
  type Supervisor,
  type Task,
  type TaskContext,
  withTimeout,
} from '#supervisor';
import type { PluginResult } from '../plugins/plugin.js';
import { ChangeReporter } from '../reporting/change-reporter.js';
import { Agenda } from './agenda.js';
import { abortReasonOf, EXECUTION_TIMED_OUT } from './cancel-mark.js';
import type { RunnerLease } from './chunk-lease.js';
import type { ChunkState } from './chunk-state.js';
import { type AttemptWork, TargetAttempt } from './target-attempt.js';
import type { TargetSlots } from './target-slots.js';

/** How a chunk ended here: every target has its outcome, or the rest is given back. */
export type ChunkEnd =
  | { readonly ended: 'done' }
  | { readonly ended: 'drained'; readonly interrupted: readonly string[] };

/** Where the work of a chunk gets its tasks. */
export interface ChunkTasks {
  readonly slots: Pick<TargetSlots, 'claim'>;
  /** For what is told to the record: one for each chunk. */
  readonly reports: Pick<Supervisor, 'trySpawn'>;
}

/**
 * Runs the targets of one chunk: does what its state decides, and tells it what came of that. Every
 * attempt takes a slot, says `started`, waits for the confirm, runs, and says how it ended.
 */
export class ChunkRunner {
  private readonly reporter: ChangeReporter;
  /** Open when something has happened since the loop looked last. */
  private readonly news = new Gate();
  /** Retries, and the end of the execution's time. */
  private readonly agenda = new Agenda();
  private readonly running = new Set<TargetAttempt>();
  /** The last slot that was asked for. */
  private claim: Task<PluginResult> | undefined;
  private defect: { readonly error: unknown } | undefined;

  constructor(
    private readonly lease: RunnerLease,
    private readonly state: ChunkState,
    private readonly work: AttemptWork,
    private readonly tasks: ChunkTasks,
    private readonly now: () => number = Date.now,
  ) {
    this.reporter = new ChangeReporter(lease, tasks.reports, () => this.abortAll(this.whyLost));
  }

  /**
   * Runs until every target has its outcome and each is confirmed, or until it is drained. Rejects
   * once nothing runs any more when the lease is lost, or the record cannot be told. Call it once.
   *
   * @param remainingMs what is left of the execution's time.
   */
  async run(remainingMs = Infinity): Promise<ChunkEnd> {
    const { lost } = this.lease;
    this.reporter.add(...this.state.endLost());
    const stopListening = [
      this.lease.onMarks((marks) => this.obey(marks)),
      this.lease.onSuspension(() => this.look()),
      onAbort(lost, () => this.abortAll(this.whyLost)),
    ];
    this.agenda.add(remainingMs, () =>
      this.lease.hear({ ...this.lease.marks, cancelled: EXECUTION_TIMED_OUT }),
    );
    try {
      await this.startUntilOver();
      if (this.defect) throw this.defect.error;
      await this.reporter.allConfirmed();
      lost.throwIfAborted();
      return this.state.isDone
        ? { ended: 'done' }
        : { ended: 'drained', interrupted: this.state.interrupted() };
    } finally {
      for (const stop of stopListening) stop();
    }
  }

  /** Begins nothing more. What runs may end, until `interrupt`. */
  drain(): void {
    this.state.drain();
    this.look();
  }

  /** Ends what runs, so that it can start again elsewhere. Drains first. */
  interrupt(): void {
    this.drain();
    this.abortAll(new InterruptedError('the task-runner shuts down'));
  }

  /** Whether nothing more is said or begun: what runs is ended. */
  private get isLost(): boolean {
    return this.lease.lost.aborted || this.reporter.hasFailed || this.defect !== undefined;
  }

  private get whyLost(): Error {
    const { reason } = this.lease.lost;
    return reason instanceof Error ? reason : new LeaseLostError('the record cannot be told');
  }

  private get isOver(): boolean {
    const isEnding = this.isLost || this.state.isDone || this.state.isDrained;
    return isEnding && this.running.size === 0;
  }

  private get mayStart(): boolean {
    return this.state.canStart && !this.isLost && !this.lease.isSuspended;
  }

  /** What the record wants, whenever that changes: said by the grant, a ping, a broadcast, the deadline. */
  private obey({ cancelled, paused }: Marks): void {
    this.state.pause(paused);
    this.reporter.add(...this.state.obey(cancelled));
    if (cancelled && !cancelled.finishRunning) this.abortAll(abortReasonOf(cancelled));
    this.look();
  }

  private get waitsForSlot(): boolean {
    return this.claim?.state === 'pending';
  }

  private async startUntilOver(): Promise<void> {
    while (!this.isOver) {
      this.news.close();
      this.agenda.doDue();
      if (this.mayStart && !this.waitsForSlot) this.orFail(() => this.claimSlot());
      else if (!this.isOver) await this.newsWithin(this.agenda.nextInMs());
    }
  }

  private async newsWithin(ms: number): Promise<void> {
    // The gate does not fail, so what is caught is the end of the time.
    await withTimeout((signal) => this.news.wait(signal), ms).catch(() => {});
  }

  /** Only when the slot is there it is decided which target takes it, if there still is one. */
  private claimSlot(): void {
    const abort = new AbortController();
    let attempt: TargetAttempt | undefined;
    this.claim = this.tasks.slots.claim<PluginResult>(
      this.lease.key,
      async (context) => {
        this.news.open();
        attempt = this.begin(abort);
        return attempt ? this.runAttempt(attempt, context) : { state: 'aborted' };
      },
      { group: this.work.executionId, signal: abort.signal },
      (outcome) => this.ended(attempt, outcome),
    );
  }

  private begin(abort: AbortController): TargetAttempt | undefined {
    const next = this.mayStart ? this.state.next() : undefined;
    if (!next) return undefined;
    const attempt = new TargetAttempt(next, this.work, abort, this.now);
    this.running.add(attempt);
    this.reporter.add({ ...next, state: 'started', startedAt: attempt.startedAt });
    return attempt;
  }

  /** The slot is the chunk's; the attempt in it is a task that says on which target. */
  private async runAttempt(attempt: TargetAttempt, context: TaskContext): Promise<PluginResult> {
    const { target, attempt: number } = attempt.is;
    const task = await context.spawn(`attempt ${number} on ${target}`, (within) =>
      attempt.run(within, this.reporter.allConfirmed()),
    );
    const outcome = await task.outcome;
    if (outcome.status === 'succeeded') return outcome.value;
    throw outcome.status === 'failed' ? outcome.error : outcome.reason;
  }

  /** What became of a claim; without an attempt none was made, unless that itself failed. */
  private ended(attempt: TargetAttempt | undefined, outcome: Outcome<PluginResult>): void {
    this.orFail(() => {
      if (attempt) this.conclude(attempt, outcome);
      else if (outcome.status === 'failed') throw outcome.error;
    });
    this.look();
  }

  /** What goes wrong here, not with a target, ends the chunk once nothing of it runs any more. */
  private orFail(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.defect ??= { error };
      this.abortAll(this.whyLost);
    }
  }

  private conclude(attempt: TargetAttempt, outcome: Outcome<PluginResult>): void {
    this.running.delete(attempt);
    if (this.isLost) return;
    const { target } = attempt.is;
    const { change, retryInMs } = this.state.attemptEnded(target, attempt.endOf(outcome));
    if (change) this.reporter.add(change);
    if (retryInMs !== undefined) this.agenda.add(retryInMs, () => this.state.retryDue(target));
  }

  private abortAll(reason: Error): void {
    for (const { abort } of this.running) abort.abort(reason);
    this.look();
  }

  /** Something has happened: the loop looks again. */
  private look(): void {
    if (!this.mayStart && this.waitsForSlot) this.claim?.cancel('the chunk needs no slot any more');
    this.news.open();
  }
}
