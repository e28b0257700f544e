import type { Logger } from '#runtime';
import { type Clock, withTimeout } from '#supervisor';
import type { ItemResult } from '../stores/item-result.js';
import type { Batch } from './batches.js';
import type { BlockedIndices } from './blocked-indices.js';
import type { DeadLetters, Refusal } from './dead-letters.js';
import type { HeldDocument } from './held-message.js';
import type { IndexCounters } from './index-counters.js';
import type { Retries } from './retries.js';

export interface SettlementParts {
  readonly blocked: BlockedIndices;
  readonly retries: Retries;
  readonly deadLetters: Pick<DeadLetters, 'write'>;
  readonly counters: IndexCounters;
  readonly log: Logger;
  readonly clock: Clock;
}

/** How often a document may fail while the store is otherwise well. */
const MAX_TRIES = 8;
const LETTERS_AT_ONCE = 32;
const LETTER_TIMEOUT_MS = 10_000;

/** Decides what becomes of each document after the store has answered. */
export class Settlement {
  /** Documents written in all: tells whether the store got on between two tries of a document. */
  private written = 0;

  constructor(private readonly parts: SettlementParts) {}

  /** Resolves once every document is finished, parked, or going to be tried again; rejects with the signal's reason. */
  async settle(batch: Batch, results: readonly ItemResult[], signal: AbortSignal): Promise<void> {
    const again: HeldDocument[] = [];
    const refused: [HeldDocument, Refusal][] = [];
    for (const [at, held] of batch.entries()) {
      const { class: kind, reason = '' } = results[at] as ItemResult;
      switch (kind) {
        case 'done':
        case 'duplicate':
          this.stored(held, kind);
          break;
        case 'blocked':
        case 'misconfigured':
          this.park(held, reason);
          break;
        case 'poison':
          refused.push([held, { code: 'document-refused', reason }]);
          break;
        case 'too-large':
          refused.push([held, { code: 'document-too-large', reason }]);
          break;
        case 'transient':
          if (this.mayTryAgain(held)) again.push(held);
          else refused.push([held, givenUp(reason)]);
          break;
        case 'backpressure':
        case 'unknown':
        case 'auth':
          again.push(held);
      }
    }
    this.parts.retries.later(again);
    await this.refuse(refused, signal);
  }

  /** For documents whose index is known to be blocked, and for those of which the store says so. */
  parked(held: HeldDocument): void {
    held.message.stuckSinceMs ??= this.parts.clock.now();
    if (!held.wasParked) this.parts.counters.add(held.document.index, 'parked');
    held.wasParked = true;
  }

  private stored(held: HeldDocument, kind: 'done' | 'duplicate'): void {
    const { index } = held.document;
    if (kind === 'done') this.written += 1;
    this.parts.counters.add(index, kind === 'done' ? 'written' : 'duplicates');
    this.parts.blocked.accepted(index);
    held.finish();
  }

  private park(held: HeldDocument, reason: string): void {
    this.parts.blocked.park(held, reason);
    this.parked(held);
  }

  private mayTryAgain(held: HeldDocument): boolean {
    held.message.stuckSinceMs ??= this.parts.clock.now();
    return held.countTry(this.written) < MAX_TRIES;
  }

  private async refuse(
    refused: readonly [HeldDocument, Refusal][],
    signal: AbortSignal,
  ): Promise<void> {
    for (let at = 0; at < refused.length; at += LETTERS_AT_ONCE) {
      const some = refused.slice(at, at + LETTERS_AT_ONCE);
      await Promise.all(some.map(([held, refusal]) => this.bury(held, refusal, signal)));
    }
    const [first] = refused;
    if (first === undefined) return;
    const [{ document }, { code, reason }] = first;
    this.parts.log.warn(
      { documents: refused.length, index: document.index, id: document.id, code, reason },
      'documents refused by the store',
    );
  }

  /** When the dead-letter queue takes no letter, the document waits like one whose index takes none: it is never dropped. */
  private async bury(held: HeldDocument, refusal: Refusal, signal: AbortSignal): Promise<void> {
    const { deadLetters, clock, counters, blocked, log } = this.parts;
    const { index, id } = held.document;
    try {
      const write = (within: AbortSignal) => deadLetters.write(held, refusal, within);
      await withTimeout(write, LETTER_TIMEOUT_MS, {
        signal,
        clock,
        what: 'the dead letter',
        onLateError: (err) => log.warn({ err, index, id }, 'a dead letter failed late'),
      });
      counters.add(index, 'rejected');
      blocked.accepted(index);
      held.finish();
    } catch (error) {
      signal.throwIfAborted();
      this.park(
        held,
        `a refused document cannot be put into the dead-letter queue: ${String(error)}`,
      );
    }
  }
}

function givenUp(reason: string): Refusal {
  return { code: 'document-refused', reason: `failed ${MAX_TRIES} times, at last: ${reason}` };
}
