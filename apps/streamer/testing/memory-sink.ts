import type { IndexDocument } from '#contracts';
import { Gate, abortable } from '#supervisor';
import type { RejectedRecord } from '../src/document/rejected-record.js';
import type { BatchSink } from '../src/publish/batch-sink.js';

/** Keeps in memory what is published. While it is held, nothing is confirmed. */
export class MemorySink implements BatchSink {
  /** What was confirmed, by id; and how often each id was published. */
  readonly documents = new Map<string, IndexDocument>();
  readonly published = new Map<string, number>();
  readonly rejected: RejectedRecord[] = [];
  waiting = 0;
  readonly #confirms = new Gate({ open: true });

  hold(): void {
    this.#confirms.close();
  }

  release(): void {
    this.#confirms.open();
  }

  /** The sources of what was confirmed, in order. */
  get sources(): string[] {
    return [...this.documents.values()].map(({ source }) => source.toString());
  }

  async publish(documents: readonly IndexDocument[], signal: AbortSignal): Promise<void> {
    for (const { id } of documents) this.published.set(id, (this.published.get(id) ?? 0) + 1);
    await this.#confirm(signal);
    for (const document of documents) this.documents.set(document.id, document);
  }

  async bury(rejected: readonly RejectedRecord[], signal: AbortSignal): Promise<void> {
    await this.#confirm(signal);
    this.rejected.push(...rejected);
  }

  async #confirm(signal: AbortSignal): Promise<void> {
    this.waiting += 1;
    try {
      await abortable(this.#confirms.wait(), signal);
    } finally {
      this.waiting -= 1;
    }
  }
}
