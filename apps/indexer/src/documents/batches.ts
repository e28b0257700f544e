import { type Clock, Deferred, systemClock, type Timer } from '#supervisor';
import type { HeldDocument } from './held-message.js';

/** When a batch is closed: at whichever comes first. */
export interface BatchLimits {
  readonly maxDocuments: number;
  /** One document may exceed it alone. */
  readonly maxBytes: number;
  /** After its first document: a deadline, not a pause between documents. */
  readonly maxWaitMs: number;
}

/** Documents that go to the store together. */
export type Batch = readonly HeldDocument[];

interface Filling {
  readonly documents: HeldDocument[];
  bytes: number;
  readonly dueAtMs: number;
  closed: boolean;
}

/**
 * Gathers documents into batches, in the order they come, and hands those that are closed to whoever takes them. As
 * long as nobody does, a batch goes on filling past its deadline: under load batches are full.
 *
 * It holds what it was given and bounds nothing: whoever adds is bounded.
 */
export class Batches {
  private readonly waiting: Filling[] = [];
  private readonly takers = new Set<Deferred<Batch>>();
  private timer: Timer | undefined;

  constructor(
    private readonly limits: BatchLimits,
    private readonly clock: Clock = systemClock,
  ) {}

  add(documents: readonly HeldDocument[]): void {
    for (const document of documents) this.append(document);
    this.serve();
  }

  /** Puts a batch that was taken back to the front; it is closed. */
  putBack(batch: Batch): void {
    const dueAtMs = this.clock.now();
    this.waiting.unshift({ documents: [...batch], bytes: 0, dueAtMs, closed: true });
    this.serve();
  }

  /**
   * The next batch, as soon as there is one that is closed; never empty, without documents whose message has ended meanwhile. Takers are
   * served in turn. Rejects with the signal's reason.
   */
  async take(signal: AbortSignal): Promise<Batch> {
    signal.throwIfAborted();
    const taker = new Deferred<Batch>();
    const abort = (): void => {
      this.takers.delete(taker);
      this.serve();
      taker.reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.takers.add(taker);
    this.serve();
    try {
      return await taker.promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Forgets documents whose message has ended, so that they cost no memory while nobody takes batches. */
  prune(): void {
    for (const batch of this.waiting) {
      const open = batch.documents.filter(({ isOpen }) => isOpen);
      batch.documents.splice(0, batch.documents.length, ...open);
    }
  }

  private append(document: HeldDocument): void {
    const bytes = document.document.source.length;
    let last = this.waiting.at(-1);
    if (last === undefined || last.closed || last.bytes + bytes > this.limits.maxBytes) {
      const dueAtMs = this.clock.now() + this.limits.maxWaitMs;
      last = { documents: [], bytes: 0, dueAtMs, closed: false };
      this.waiting.push(last);
    }
    last.documents.push(document);
    last.bytes += bytes;
    const { maxDocuments, maxBytes } = this.limits;
    last.closed = last.documents.length >= maxDocuments || last.bytes >= maxBytes;
  }

  private serve(): void {
    this.timer?.cancel();
    this.timer = undefined;
    for (const taker of this.takers) {
      const batch = this.next();
      if (batch === undefined) break;
      this.takers.delete(taker);
      taker.resolve(batch);
    }
    const [first] = this.waiting;
    if (first !== undefined && this.takers.size > 0) {
      this.timer = this.clock.setTimer(first.dueAtMs - this.clock.now(), () => this.serve());
    }
  }

  private next(): Batch | undefined {
    for (let [first] = this.waiting; first !== undefined; [first] = this.waiting) {
      const isClosed = first.closed || this.waiting.length > 1 || first.dueAtMs <= this.clock.now();
      if (!isClosed) return undefined;
      this.waiting.shift();
      const open = first.documents.filter(({ isOpen }) => isOpen);
      if (open.length > 0) return open;
    }
    return undefined;
  }
}
