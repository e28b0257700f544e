import type { IndexDocument } from '#contracts';
import type { ItemResult } from './item-result.js';
import type { SearchPage, SearchRequest } from './search-request.js';

/**
 * Where documents are kept and searched. Both stores promise the same and pass the same conformance suite.
 * Every method may be called many times at once; each caller bounds how often.
 */
export interface DocumentStore {
  /** For people: kind and address, without credentials. */
  readonly name: string;

  /**
   * Connects and prepares what the store needs (tables). Idempotent. Throws `DependencyUnavailableError`, which says
   * what to do, or the signal's reason.
   */
  open(signal: AbortSignal): Promise<void>;

  /**
   * Creates the documents: one that exists under its index and id stays as it is. Returns one result for each
   * document, in their order, whatever the store did: it never throws for the store's sake, only the signal's reason.
   */
  write(documents: readonly IndexDocument[], signal: AbortSignal): Promise<readonly ItemResult[]>;

  /**
   * One page of what matches, in a total order that is the same on every store. Throws `SearchFailedError` (the query's
   * fault), `DependencyUnavailableError`, or the signal's reason.
   */
  search(request: SearchRequest, signal: AbortSignal): Promise<SearchPage>;

  /** Resolves when the store would take documents now; throws `DependencyUnavailableError` or the signal's reason. */
  probe(signal: AbortSignal): Promise<void>;

  /** Ends all connections; what is in flight fails. Idempotent. */
  close(): Promise<void>;
}
