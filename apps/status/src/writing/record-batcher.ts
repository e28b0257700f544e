import { DependencyUnavailableError } from '#contracts';
import { inTrace, logTasks } from '#broker';
import type { Logger } from '#runtime';
import { Deferred, Supervisor, systemClock, turn, type Clock } from '#supervisor';
import type { RecordMessage } from '../record/message.js';

/** How much one transaction takes at most. */
export interface BatchLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** Who writes batches. Both methods throw when nothing can be recorded now. */
export interface BatchWriter {
  /** Comes before a batch is taken: after it, what this process was slow to take is void already. */
  begin(): Promise<void>;
  /** Says of each message why it cannot be recorded, if it cannot. */
  write(messages: readonly RecordMessage[]): Promise<ReadonlyMap<RecordMessage, unknown>>;
}

interface Waiting {
  readonly message: RecordMessage;
  readonly bytes: number;
  readonly signal: AbortSignal;
  readonly recorded: Deferred;
}

const NAME = 'record';

/** What a batch gets to be committed at the end; it notices no abort. */
const GRACE_MS = 2_000;

/** A batch takes a fraction of a second; one that takes so long is held up. */
const HELD_UP_MS = 10_000;

/**
 * Gathers deliveries into batches, one batch at a time, in order. What arrives while a batch is being written is the next one, so
 * batches are small when little comes and large when much does, and no timer adds to the latency.
 */
export class RecordBatcher {
  /** A task for the batch that is being written, and one for the batch behind it. */
  readonly supervisor: Supervisor;
  private waiting: Waiting[] = [];
  private writingSinceMs: number | undefined;

  constructor(
    private readonly writer: BatchWriter,
    private readonly limits: BatchLimits,
    log: Pick<Logger, 'warn'>,
    private readonly clock: Clock = systemClock,
  ) {
    this.supervisor = new Supervisor({
      name: NAME,
      limit: 1,
      pendingLimit: 1,
      graceTimeoutMs: GRACE_MS,
      closeTimeoutMs: 0,
      onOutcome: (outcome) => {
        if (outcome.status === 'cancelled') this.sendBack(this.waiting.splice(0), closed());
      },
      ...logTasks(log, NAME),
    });
  }

  /**
   * Resolves once the message is recorded and what it owes to the outside is sent. Rejects with a `DependencyUnavailableError` when it
   * must come again (always, after `close`), with any other error when it can never be recorded. The signal says that the delivery is void.
   */
  add(message: RecordMessage, bytes: number, signal: AbortSignal): Promise<void> {
    const recorded = new Deferred();
    this.waiting.push({ message, bytes, signal, recorded });
    if (this.waiting.length === 1) this.startBatch();
    return recorded.promise;
  }

  /** Undefined while batches get through, however many wait, else the reason. */
  trouble(): string | undefined {
    const sinceMs = this.writingSinceMs ?? Infinity;
    if (this.clock.now() - sinceMs < HELD_UP_MS) return undefined;
    return (
      `the record stands still: a batch has not been recorded for ${HELD_UP_MS / 1_000} s. ` +
      'PostgreSQL holds it up (look for locks and slow disks: pg_stat_activity), or RabbitMQ does not take the answers'
    );
  }

  /** Finishes the batch that is being written, within two seconds; what waits behind it goes back. Safe to call twice. */
  async close(): Promise<void> {
    await this.supervisor.close();
  }

  private startBatch(): void {
    // It is about all of its messages, and belongs to the trace of none.
    const write = () => this.supervisor.trySpawn('write a batch', () => this.writeBatch());
    const task = inTrace(undefined, write);
    // When it is full, a batch waits its turn already: it takes all that waits then.
    if (task === 'closed') this.sendBack(this.waiting.splice(0), closed());
  }

  private async writeBatch(): Promise<void> {
    // Deliveries that came in the same read of the socket are handed over in this turn: they go together.
    await turn();
    // Void ones alone must not take the record from another writer.
    this.dropVoid();
    if (this.waiting.length === 0) return;
    let batch: Waiting[] = [];
    this.writingSinceMs = this.clock.now();
    try {
      await this.writer.begin();
      batch = this.take();
      if (this.waiting.length > 0) this.startBatch();
      if (batch.length === 0) return;
      const refused = await this.writer.write(batch.map(({ message }) => message));
      for (const { message, recorded } of batch) {
        if (refused.has(message)) recorded.reject(refused.get(message));
        else recorded.resolve();
      }
    } catch (error) {
      // What was delivered behind a batch must not be recorded before it: all of it goes back, in order (S1).
      this.sendBack([...batch, ...this.waiting.splice(0)], error);
    } finally {
      this.writingSinceMs = undefined;
    }
  }

  private sendBack(deliveries: readonly Waiting[], reason: unknown): void {
    for (const { recorded } of deliveries) recorded.reject(reason);
  }

  private dropVoid(): void {
    for (const { signal, recorded } of this.waiting) {
      if (signal.aborted) recorded.reject(goneBack(signal));
    }
    this.waiting = this.waiting.filter(({ signal }) => !signal.aborted);
  }

  private take(): Waiting[] {
    this.dropVoid();
    const batch: Waiting[] = [];
    let bytes = 0;
    for (const one of this.waiting) {
      bytes += one.bytes;
      if (
        batch.length === this.limits.messages ||
        (batch.length > 0 && bytes > this.limits.bytes)
      ) {
        break;
      }
      batch.push(one);
    }
    this.waiting.splice(0, batch.length);
    return batch;
  }
}

function goneBack(signal: AbortSignal): DependencyUnavailableError {
  return new DependencyUnavailableError('the delivery went back to the queue', {
    cause: signal.reason,
  });
}

function closed(): DependencyUnavailableError {
  return new DependencyUnavailableError('this status is stopping: another one records the message');
}
