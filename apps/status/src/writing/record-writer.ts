import { DependencyUnavailableError } from '#contracts';
import type { Logger } from '#runtime';
import { apply, needsOf } from '../record/apply.js';
import type { RecordMessage } from '../record/message.js';
import { segmentsOf } from '../record/segments.js';
import type { WorkingSet } from '../record/working-set.js';
import { isAboutData, postgresUnavailable } from '../storage/database-errors.js';
import { TakenOverError, type RecordStore } from '../storage/record-store.js';
import { logCommitted } from './log-committed.js';
import type { BatchWriter } from './record-batcher.js';
import type { WriterMetrics } from './writer-metrics.js';

/** Sends what a committed batch owes to the outside; resolves once the broker has it. */
export type TellOutside = (committed: WorkingSet) => Promise<void>;

export interface RecordWriterParts {
  readonly store: RecordStore;
  readonly tell: TellOutside;
  readonly metrics: WriterMetrics;
  readonly log: Logger;
  /** Refuse commands of askers that the broker did not validate. */
  readonly requireUser: boolean;
}

/**
 * The one writer of the record, as long as it is (status.md, "One writer"): it makes itself the newest writer before its first batch
 * after it began to consume, and every transaction checks that it still is.
 */
export class RecordWriter implements BatchWriter {
  private term: number | undefined;

  constructor(private readonly parts: RecordWriterParts) {}

  /** Makes itself the newest writer, unless it did. Throws `DependencyUnavailableError` when it cannot now. */
  async begin(): Promise<void> {
    try {
      await this.ownTerm();
    } catch (error) {
      throw unavailable(error);
    }
  }

  /**
   * Records a batch in one transaction (rarely a few, see `segmentsOf`), then tells the outside. Returns the messages that can never be recorded, each with the reason; the
   * others are recorded. Throws `DependencyUnavailableError` when the batch must come again.
   */
  async write(messages: readonly RecordMessage[]): Promise<Map<RecordMessage, unknown>> {
    try {
      return await this.writeEach(segmentsOf(messages));
    } catch (error) {
      // Whatever happens next begins with a new consumer, and so with a new term.
      this.term = undefined;
      throw unavailable(error);
    }
  }

  private async writeTogether(
    messages: readonly RecordMessage[],
  ): Promise<Map<RecordMessage, unknown>> {
    let committed: WorkingSet;
    try {
      committed = await this.commit(messages);
    } catch (error) {
      if (!isAboutData(error)) throw error;
      // One of them is the culprit: it must not take the others with it.
      return messages.length === 1
        ? new Map(messages.map((message) => [message, error]))
        : await this.writeEach(messages.map((message) => [message]));
    }
    await this.parts.tell(committed);
    return new Map();
  }

  private async writeEach(
    batches: readonly (readonly RecordMessage[])[],
  ): Promise<Map<RecordMessage, unknown>> {
    const refused = new Map<RecordMessage, unknown>();
    for (const batch of batches) {
      for (const [culprit, reason] of await this.writeTogether(batch)) {
        refused.set(culprit, reason);
      }
    }
    return refused;
  }

  private async commit(messages: readonly RecordMessage[]): Promise<WorkingSet> {
    const { store, metrics, log, requireUser } = this.parts;
    const startedAt = performance.now();
    const nowMs = Date.now();
    const set = await store.transact(await this.ownTerm(), needsOf(messages), nowMs, (needed) =>
      apply(needed, messages, { nowMs, requireUser }),
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    metrics.recorded(messages.length, set.effects.superseded, seconds);
    logCommitted(log, set);
    return set;
  }

  private async ownTerm(): Promise<number> {
    if (this.term !== undefined) return this.term;
    this.term = await this.parts.store.raiseTerm();
    this.parts.log.info({ term: this.term }, 'writing the record');
    return this.term;
  }
}

function unavailable(error: unknown): DependencyUnavailableError {
  if (error instanceof DependencyUnavailableError) return error;
  if (!(error instanceof TakenOverError)) return postgresUnavailable('cannot record', error);
  return new DependencyUnavailableError(error.message, { cause: error });
}
