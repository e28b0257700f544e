/**
 * What became of one document:
 * - `done`: it is in the store; `duplicate`: it was there already;
 * - `backpressure`: the store has too much to do; `transient`: trying again soon should help;
 * - `unknown`: nobody knows whether it was written (connection, timeout); the same id makes writing it again harmless;
 * - `blocked`: its index takes no documents now (disk full, read-only); `misconfigured`: not before a person changes
 *   something;
 * - `auth`: the store refuses us, whatever we send;
 * - `poison`: the store will never take this document; `too-large`: the same, because of its size.
 */
export type ItemClass =
  | 'done'
  | 'duplicate'
  | 'backpressure'
  | 'transient'
  | 'unknown'
  | 'blocked'
  | 'misconfigured'
  | 'auth'
  | 'poison'
  | 'too-large';

/** The store's answer about one document. */
export interface ItemResult {
  readonly class: ItemClass;
  /** What the store said; absent when there is nothing to say. */
  readonly reason?: string;
}

export const DONE: ItemResult = { class: 'done' };
export const DUPLICATE: ItemResult = { class: 'duplicate' };

/** The same answer about `count` documents. */
export function allAre(count: number, result: ItemResult): ItemResult[] {
  return Array.from({ length: count }, () => result);
}
