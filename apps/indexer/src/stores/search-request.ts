import type { JsonValue, SearchSort } from '#contracts';

/**
 * Where a document stands in the order of a search, most significant first: score (only `relevance` looks at it), event
 * time, index, id. `newest` and `relevance` go down, `oldest` goes up. A document without an event time is older than all others.
 */
export interface SearchPosition {
  readonly score: number;
  /** Milliseconds since 1970; undefined for a document without an event time. */
  readonly timeMs: number | undefined;
  readonly index: string;
  readonly id: string;
}

/** What is looked for. */
export interface SearchRequest {
  /** The name of an index; `*` stands for anything. An index that does not exist has no hits. */
  readonly index: string;
  /** In the language of `parseQuery`; without a word in it every document matches. */
  readonly query: string;
  /** Only documents with an event time then or later, in ms since 1970. */
  readonly fromMs?: number;
  /** Only documents with an event time before, in ms since 1970. */
  readonly toMs?: number;
  readonly sort: SearchSort;
  /** The most hits, at least 1. */
  readonly size: number;
  /** Go on behind this document. */
  readonly after?: SearchPosition;
}

/** A document that matches. */
export interface StoredHit {
  readonly position: SearchPosition;
  readonly document: Readonly<Record<string, JsonValue>>;
}

/** Hits in order. A page may be shorter than asked for, to bound its bytes; at least one hit if there is any. */
export interface SearchPage {
  readonly hits: readonly StoredHit[];
  /** How many documents match, wherever the page begins; counted up to `MAX_COUNTED_HITS`. */
  readonly total: number;
  /** Whether there are hits behind the last one. */
  readonly more: boolean;
}

/** No search counts further than this: counting everything costs more than finding a page. */
export const MAX_COUNTED_HITS = 10_000;

/** About what the documents of a page may have together before it is cut short; a message cannot hold more anyway. */
export const MAX_PAGE_BYTES = 1024 * 1024;
