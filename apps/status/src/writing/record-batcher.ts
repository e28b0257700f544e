import { DependencyUnavailableError } from '#contracts';
import { Deferred } from '#supervisor';
import type { RecordMessage } from '../record/message.js';

/** How much one transaction takes at most. */
export interface BatchLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** Writes a batch; says of each message why it cannot be recorded, if it cannot. Throws when nothing can be recorded now. */
export type WriteBatch = (
  messages: readonly RecordMessage[],
) => Promise<ReadonlyMap<RecordMessage, unknown>>;

interface Waiting {
  readonly message: RecordMessage;
  readonly bytes: number;
  readonly signal: AbortSignal;
  readonly recorded: Deferred;
}

/**
 * Gathers deliveries into batches, one batch at a time, in order. What arrives while a batch is being written is the next one, so
 * batches are small when little comes and large when much does, and no timer adds to the latency.
 */
export class RecordBatcher {
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(
    private readonly write: WriteBatch,
    private readonly limits: BatchLimits,
  ) {}

  /**
   * Resolves once the message is recorded and what it owes to the outside is sent. Rejects with a `DependencyUnavailableError` when it
   * must come again, with any other error when it can never be recorded. The signal says that the delivery is void.
   */
  add(message: RecordMessage, bytes: number, signal: AbortSignal): Promise<void> {
    const recorded = new Deferred();
    this.waiting.push({ message, bytes, signal, recorded });
    if (!this.writing) {
      this.writing = true;
      // Deliveries that came in the same read of the socket are handed over in this turn: they go together.
      setImmediate(() => void this.writeAll());
    }
    return recorded.promise;
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.take();
      try {
        const refused = await this.write(batch.map(({ message }) => message));
        for (const { message, recorded } of batch) {
          if (refused.has(message)) recorded.reject(refused.get(message));
          else recorded.resolve();
        }
      } catch (error) {
        // What was delivered behind a batch must not be recorded before it: all of it goes back, in order (S1).
        for (const { recorded } of [...batch, ...this.waiting.splice(0)]) recorded.reject(error);
      }
    }
    this.writing = false;
  }

  private take(): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    let taken = 0;
    for (const one of this.waiting) {
      bytes += one.bytes;
      if (
        batch.length === this.limits.messages ||
        (batch.length > 0 && bytes > this.limits.bytes)
      ) {
        break;
      }
      taken += 1;
      if (one.signal.aborted) one.recorded.reject(goneBack(one.signal));
      else batch.push(one);
    }
    this.waiting.splice(0, taken);
    return batch;
  }
}

function goneBack(signal: AbortSignal): DependencyUnavailableError {
  return new DependencyUnavailableError('the delivery went back to the queue', {
    cause: signal.reason,
  });
}
