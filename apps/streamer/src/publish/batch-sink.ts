import type { IndexDocument } from '#contracts';
import type { RejectedRecord } from '../document/rejected-record.js';

/** Where a stream's records go. */
export interface BatchSink {
  /**
   * Resolves when all documents are confirmed: safe, whatever dies now. Rejects with the signal's
   * reason when it aborts (whether they were taken is unknown then), or with an error that no
   * further try will change.
   */
  publish(documents: readonly IndexDocument[], signal: AbortSignal): Promise<void>;
  /** The same for records that became no document: they go to the dead letters. */
  bury(rejected: readonly RejectedRecord[], signal: AbortSignal): Promise<void>;
}
