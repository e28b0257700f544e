import { InterruptedError, LeaseLostError } from '#contracts';
import type { Marks } from '#lease';
import { Gate, sleep, type Supervisor, type Task } from '#supervisor';
import type { PluginResult } from '../plugins/plugin.js';
import { ChangeReporter } from '../reporting/change-reporter.js';
import { abortReasonOf, EXECUTION_TIMED_OUT } from './cancel-mark.js';
import type { RunnerLease } from './chunk-lease.js';
import type { ChunkState } from './chunk-state.js';
import { type AttemptWork, TargetAttempt } from './target-attempt.js';

/** How a chunk ended here: every target has its outcome, or the rest is given back. */
export type ChunkEnd =
  | { readonly ended: 'done' }
  | { readonly ended: 'drained'; readonly interrupted: readonly string[] };

/**
 * Runs the targets of one chunk: does what its state decides, and tells it what came of that. Every
 * attempt takes a slot, says `started`, waits for the confirm, runs, and says how it ended.
 */
export class ChunkRunner {
  private readonly reporter: ChangeReporter;
  /** Open when something has happened since the loop looked last. */
  private readonly news = new Gate();
  private readonly running = new Set<TargetAttempt>();
  /** Set while the chunk waits for a slot: gives the wait up. */
  private slotWait: AbortController | undefined;
  private readonly over = new AbortController();

  constructor(
    private readonly lease: RunnerLease,
    private readonly state: ChunkState,
    private readonly work: AttemptWork,
    private readonly slots: Pick<Supervisor, 'spawn'>,
    private readonly now: () => number = Date.now,
  ) {
    this.reporter = new ChangeReporter(lease, () => this.abortAll(this.whyLost));
  }

  /**
   * Runs until every target has its outcome and each is confirmed, or until it is drained. Rejects
   * once nothing runs any more when the lease is lost, or the record cannot be told. Call it once.
   *
   * @param remainingMs what is left of the execution's time.
   */
  async run(remainingMs = Infinity): Promise<ChunkEnd> {
    const { lost } = this.lease;
    const lose = (): void => this.abortAll(this.whyLost);
    lost.addEventListener('abort', lose, { once: true });
    this.reporter.add(...this.state.endLost());
    const stopListening = this.lease.onMarks((marks) => this.obey(marks));
    this.after(remainingMs, () =>
      this.lease.hear({ ...this.lease.marks, cancelled: EXECUTION_TIMED_OUT }),
    );
    try {
      await this.startUntilOver();
      await this.reporter.allConfirmed();
      lost.throwIfAborted();
      return this.state.isDone
        ? { ended: 'done' }
        : { ended: 'drained', interrupted: this.state.interrupted() };
    } finally {
      this.over.abort();
      stopListening();
      lost.removeEventListener('abort', lose);
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

  private get isLost(): boolean {
    return this.lease.lost.aborted || this.reporter.hasFailed;
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
    return this.state.canStart && !this.isLost;
  }

  /** What the record wants, whenever that changes: said by the grant, a ping, a broadcast, the deadline. */
  private obey({ cancelled, paused }: Marks): void {
    this.state.pause(paused);
    this.reporter.add(...this.state.obey(cancelled));
    if (cancelled && !cancelled.finishRunning) this.abortAll(abortReasonOf(cancelled));
    this.look();
  }

  private async startUntilOver(): Promise<void> {
    while (!this.isOver) {
      this.news.close();
      if (this.mayStart) await this.startOne();
      else await this.news.wait();
    }
  }

  /** Waits for a slot; only then is it decided which target takes it, if there still is one. */
  private async startOne(): Promise<void> {
    const abort = new AbortController();
    this.slotWait = abort;
    const begun: { attempt?: TargetAttempt } = {};
    const task = await this.slots.spawn<PluginResult>(
      this.lease.key,
      async (context) => {
        this.slotWait = undefined;
        const attempt = this.begin(abort);
        if (!attempt) return { state: 'aborted' };
        begun.attempt = attempt;
        return attempt.run(context, this.reporter.allConfirmed());
      },
      { signal: abort.signal },
    );
    this.slotWait = undefined;
    if (begun.attempt) void this.conclude(begun.attempt, task);
  }

  private begin(abort: AbortController): TargetAttempt | undefined {
    const next = this.mayStart ? this.state.next() : undefined;
    if (!next) return undefined;
    const attempt = new TargetAttempt(next, this.work, abort, this.now);
    this.running.add(attempt);
    this.reporter.add({ ...next, state: 'started', startedAt: attempt.startedAt });
    return attempt;
  }

  private async conclude(attempt: TargetAttempt, task: Task<PluginResult>): Promise<void> {
    const outcome = await task.outcome;
    this.running.delete(attempt);
    if (!this.isLost) {
      const { target } = attempt.is;
      const { change, retryInMs } = this.state.attemptEnded(target, attempt.endOf(outcome));
      if (change) this.reporter.add(change);
      if (retryInMs !== undefined) this.after(retryInMs, () => this.state.retryDue(target));
    }
    this.look();
  }

  private abortAll(reason: Error): void {
    for (const { abort } of this.running) abort.abort(reason);
    this.look();
  }

  /** Something has happened: the loop looks again. */
  private look(): void {
    if (!this.mayStart) this.slotWait?.abort();
    this.news.open();
  }

  /** Does something later, unless the chunk is over by then. */
  private after(ms: number, act: () => void): void {
    sleep(ms, this.over.signal).then(
      () => {
        act();
        this.look();
      },
      () => {},
    );
  }
}
