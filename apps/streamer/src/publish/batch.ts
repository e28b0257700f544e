import { MAX_DOCUMENTS_PER_MESSAGE, MAX_DOCUMENT_BATCH_BYTES } from '#contracts';
import type { IndexDocument, StreamPosition } from '#contracts';
import type { RejectedRecord } from '../document/rejected-record.js';

/** `{"create":{"_index":"","_id":""}}` and two newlines. */
const ACTION_BYTES = 36;

/**
 * What is published together: neighbouring records of a stream, as documents and as dead letters,
 * and the position behind the last of them.
 */
export class Batch {
  readonly documents: IndexDocument[] = [];
  readonly rejected: RejectedRecord[] = [];
  position: StreamPosition | undefined;
  confirmed = false;
  #bytes = 0;

  /** @param number from 1 in each stream, for people. */
  constructor(readonly number: number) {}

  get isFull(): boolean {
    return this.#records >= MAX_DOCUMENTS_PER_MESSAGE || this.#bytes >= MAX_DOCUMENT_BATCH_BYTES;
  }

  /** Whether the document may join; the first always may, a large one travels alone. */
  fits(document: IndexDocument): boolean {
    return this.#bytes === 0 || this.#bytes + sizeOf(document) <= MAX_DOCUMENT_BATCH_BYTES;
  }

  add(document: IndexDocument): void {
    this.documents.push(document);
    this.#bytes += sizeOf(document);
  }

  reject(record: RejectedRecord): void {
    this.rejected.push(record);
    this.#bytes += record.bytes.length;
  }

  get #records(): number {
    return this.documents.length + this.rejected.length;
  }
}

function sizeOf({ index, id, source }: IndexDocument): number {
  return ACTION_BYTES + index.length + id.length + source.length;
}
