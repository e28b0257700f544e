import { encodeDocuments, SignalboxError, type IndexDocument } from '#contracts';
import { DEAD_LETTER_HEADERS, deadLetter, inTrace, type Publisher } from '#broker';
import type { HeldDocument } from './held-message.js';
import { traceOf } from './kept-headers.js';

/** Why a document is given up. */
export interface Refusal {
  readonly code: 'document-refused' | 'document-too-large';
  /** What the store said. */
  readonly reason: string;
}

const QUEUE = 'indexer.documents';
const DEAD_QUEUE = 'indexer.documents.dead';

/**
 * Puts single documents into the dead-letter queue, with the reason. The body of a letter is a `document.index` of that one
 * document, so that publishing it again is the replay; it belongs to the trace of the message that brought it.
 */
export class DeadLetters {
  constructor(private readonly publisher: Publisher) {}

  /** Resolves once the broker has the letter; rejects with the signal's reason. */
  async write(
    { document, message, failedTries }: HeldDocument,
    refusal: Refusal,
    signal: AbortSignal,
  ): Promise<void> {
    const letter = deadLetter(DEAD_QUEUE, encodeDocuments([document]), {
      type: 'document.index',
      messageId: message.messageId,
      appId: 'indexer',
      headers: { ...message.headers, [DEAD_LETTER_HEADERS.attempt]: failedTries + 1 },
      reason: { queue: QUEUE, error: errorFor(document, refusal), failedAt: Date.now() },
    });
    await inTrace(traceOf(message.headers), () => this.publisher.send(letter, signal));
  }
}

function errorFor({ index, id }: IndexDocument, { code, reason }: Refusal): SignalboxError {
  return new SignalboxError(code, `document ${id} of index ${index}: ${reason}`);
}
