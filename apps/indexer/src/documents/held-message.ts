import type { IndexDocument } from '#contracts';
import { Deferred } from '#supervisor';
import type { KeptHeaders } from './kept-headers.js';

/** What of a delivered message the pipeline needs. */
export interface MessageFacts {
  readonly messageId: string;
  /** From 1: one more than the tries of its documents in earlier messages. */
  readonly attempt: number;
  readonly headers: KeptHeaders;
  readonly documents: readonly IndexDocument[];
}

/**
 * A delivered message that is not settled yet. It ends in one of three ways: every document is finished (written or in
 * the dead letters), it is handed over to a new message, or it is let go because it will be delivered again.
 */
export class HeldMessage {
  readonly messageId: string;
  readonly headers: KeptHeaders;
  readonly documents: readonly HeldDocument[];
  /** Since when a document cannot be written although others can, on the writer's clock. */
  stuckSinceMs: number | undefined;
  /** On the writer's clock. */
  readonly heldSinceMs: number;
  private readonly end = new Deferred();
  private unfinished: number;
  private over = false;

  constructor({ messageId, attempt, headers, documents }: MessageFacts, nowMs: number) {
    this.messageId = messageId;
    this.headers = headers;
    this.heldSinceMs = nowMs;
    this.documents = documents.map((document) => new HeldDocument(document, this, attempt - 1));
    this.unfinished = documents.length;
  }

  /** Resolves when the message may be acknowledged; rejects with the reason of `letGo`. */
  get ended(): Promise<void> {
    return this.end.promise;
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Called by its documents, once each. */
  documentFinished(): void {
    this.unfinished -= 1;
    if (this.unfinished === 0) this.handedOver();
  }

  /** Nothing is left to be done here: what is unfinished is on its way in another message. */
  handedOver(): void {
    this.over = true;
    this.end.resolve();
  }

  /** Its documents are not written from here any more; what is under way may still be. Later calls change nothing. */
  letGo(reason: unknown): void {
    if (this.over) return;
    this.over = true;
    this.end.rejectHandled(reason);
  }
}

/** One document of a held message. */
export class HeldDocument {
  /** Rounds that did not write it, for whatever reason: the next delay grows with them. */
  failures = 0;
  /** Whether it has waited for its index. */
  wasParked = false;
  private written: number | undefined;
  private finished = false;

  /** `tries`: how often it failed while the store was otherwise well. */
  constructor(
    readonly document: IndexDocument,
    readonly message: HeldMessage,
    private tries: number,
  ) {}

  get failedTries(): number {
    return this.tries;
  }

  /** Whether it is still to be written from here. */
  get isOpen(): boolean {
    return !this.finished && !this.message.isOver;
  }

  /** It is in the store, or in the dead letters. */
  finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.message.documentFinished();
  }

  /**
   * Counts a try that failed, if the store wrote something since the last one (`writtenInAll` grew): otherwise the store is at fault, not the
   * document. Returns the tries so far.
   */
  countTry(writtenInAll: number): number {
    if (this.written !== writtenInAll) this.tries += 1;
    this.written = writtenInAll;
    return this.tries;
  }
}
