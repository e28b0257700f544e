import { DependencyUnavailableError } from '#contracts';
import type { Publisher } from '#broker';
import { type Logger, Loops } from '#runtime';
import { abortable, type Clock, type TaskContext } from '#supervisor';
import type { DocumentStore } from '../stores/document-store.js';
import { allAre, type ItemResult } from '../stores/item-result.js';
import { type Batch, Batches, type BatchLimits } from './batches.js';
import { BlockedIndices } from './blocked-indices.js';
import { DeadLetters } from './dead-letters.js';
import { handOverStuck } from './handover.js';
import { type HeldDocument, HeldMessage, type MessageFacts } from './held-message.js';
import type { IndexCounters } from './index-counters.js';
import type { IndexEvents } from './index-events.js';
import { Retries } from './retries.js';
import { Settlement } from './settlement.js';
import { StoreAvailability } from './store-availability.js';
import type { WriterMetrics } from './writer-metrics.js';

export interface DocumentWriterParts {
  readonly store: DocumentStore;
  readonly publisher: Publisher;
  readonly counters: IndexCounters;
  readonly events: IndexEvents;
  readonly metrics: WriterMetrics;
  readonly log: Logger;
  readonly clock: Clock;
  readonly limits: WriterLimits;
}

export interface WriterLimits extends BatchLimits {
  /** Bulks under way at once. */
  readonly bulks: number;
  /** How long messages are held while the store is down, before they go back to the queue. */
  readonly storeDownMs: number;
}

/** Beside those that write: watching the store, sweeping. */
const OTHER_LOOPS = 2;
const SWEEP_EVERY_MS = 1_000;
/** The broker takes a delivery for lost after 30 minutes. */
const MAX_HELD_MS = 10 * 60_000;

/**
 * Writes the documents of delivered messages:
 *
 * message ─▶ documents ─▶ batches ─▶ bulks (so many at once) ─▶ settlement: finished, again later, parked, dead letter
 *
 * It bounds bulks and batches; how much is held is bounded by how many messages `accept` is called for at once.
 */
export class DocumentWriter {
  readonly loops: Loops;
  readonly availability: StoreAvailability;
  private readonly held = new Set<HeldMessage>();
  private readonly batches: Batches;
  private readonly blocked: BlockedIndices;
  private readonly retries: Retries;
  private readonly settlement: Settlement;

  constructor(private readonly parts: DocumentWriterParts) {
    const { store, events, clock, limits, log } = parts;
    const release = (documents: readonly HeldDocument[]): void => this.batches.add(documents);
    this.loops = new Loops({
      name: 'document writer',
      limit: limits.bulks + OTHER_LOOPS,
      log,
      clock,
    });
    this.batches = new Batches(limits, clock);
    this.retries = new Retries(clock, release);
    this.blocked = new BlockedIndices({ clock, release, events });
    this.settlement = new Settlement({
      ...parts,
      blocked: this.blocked,
      retries: this.retries,
      deadLetters: new DeadLetters(parts.publisher),
    });
    this.availability = new StoreAvailability({
      store,
      clock,
      giveUpMs: limits.storeDownMs,
      onGivenUp: (error, sinceMs) => this.letGoOfAll(error, sinceMs),
      onRecovered: () => events.unblocked('*', 'the store takes documents again'),
    });
  }

  /** Begins to write. */
  start(): void {
    const { bulks } = this.parts.limits;
    for (let n = 1; n <= bulks; n += 1) {
      this.loops.start(`write bulks (${n} of ${bulks})`, (context) => this.writeBatches(context));
    }
    this.loops.start('probe store while it is down', (context) => this.availability.watch(context));
    this.loops.start('sweep held messages', (context) => this.sweep(context));
  }

  /**
   * Takes a message and resolves when it may be acknowledged: each document is in the store, in the dead-letter queue, or on its way in
   * another message. Throws `DependencyUnavailableError` when the store has been down for too long, or the reason of
   * the signal, which gives the message up.
   */
  async accept(facts: MessageFacts, signal: AbortSignal): Promise<void> {
    this.availability.checkNotGivenUp();
    const message = new HeldMessage(facts, this.parts.clock.now());
    this.held.add(message);
    this.parts.metrics.held(message.documents.length);
    this.batches.add(this.blocked.admit(message.documents, (held) => this.settlement.parked(held)));
    try {
      await abortable(message.ended, signal);
    } finally {
      message.letGo(signal.reason);
      this.held.delete(message);
      this.parts.metrics.held(-message.documents.length);
    }
  }

  /** Stops writing. What is still held is let go, to be delivered again. Idempotent. */
  async close(): Promise<void> {
    await this.loops.close();
    this.retries.close();
    this.blocked.close();
    const error = new DependencyUnavailableError('the indexer is closing');
    for (const message of this.held) message.letGo(error);
  }

  private async writeBatches({ signal }: TaskContext): Promise<void> {
    for (;;) {
      await this.availability.whenUp(signal);
      const batch = await this.batches.take(signal);
      // It may have been a long wait.
      if (this.availability.trouble() === undefined) await this.write(batch, signal);
      else this.batches.putBack(batch);
    }
  }

  private async write(batch: Batch, signal: AbortSignal): Promise<void> {
    const results = await this.resultsOf(batch, signal);
    const outage = outageIn(results);
    if (outage === undefined) {
      if (results.some(isProof)) this.availability.proven();
      await this.settlement.settle(batch, results, signal);
    } else {
      this.availability.lost(outage);
      this.batches.putBack(batch);
    }
  }

  private async resultsOf(batch: Batch, signal: AbortSignal): Promise<readonly ItemResult[]> {
    const { store, clock, metrics, log } = this.parts;
    const startedAtMs = clock.now();
    try {
      const results = await store.write(
        batch.map(({ document }) => document),
        signal,
      );
      metrics.bulk(results, (clock.now() - startedAtMs) / 1_000);
      return results;
    } catch (error) {
      signal.throwIfAborted();
      log.error({ err: error, documents: batch.length }, 'writing failed unexpectedly');
      return allAre(batch.length, { class: 'unknown', reason: String(error) });
    }
  }

  private async sweep(context: TaskContext): Promise<void> {
    const { clock, publisher, log } = this.parts;
    for (;;) {
      await context.sleep(SWEEP_EVERY_MS);
      const nowMs = clock.now();
      for (const message of this.held) {
        if (nowMs - message.heldSinceMs > MAX_HELD_MS) message.letGo(heldTooLong());
      }
      await handOverStuck(this.held, nowMs, { publisher, log, signal: context.signal, clock });
      this.batches.prune();
    }
  }

  private letGoOfAll(error: DependencyUnavailableError, sinceMs: number): void {
    this.parts.events.blocked('*', error.message, sinceMs);
    for (const message of this.held) message.letGo(error);
  }
}

/** Why a bulk says that the whole store is gone; undefined when it does not say so. */
function outageIn(results: readonly ItemResult[]): string | undefined {
  const isOutage = results.every((result) => result.class === 'unknown' || result.class === 'auth');
  return isOutage ? (results[0]?.reason ?? 'the store did not answer') : undefined;
}

/** Whether an answer shows that the store looked at the document. */
function isProof(result: ItemResult): boolean {
  return !['unknown', 'auth', 'backpressure', 'transient'].includes(result.class);
}

function heldTooLong(): DependencyUnavailableError {
  return new DependencyUnavailableError(
    `the store did not take the documents of a message for ${MAX_HELD_MS / 60_000} minutes; see its load`,
  );
}
