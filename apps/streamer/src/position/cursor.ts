import type { IncomingHttpHeaders } from 'node:http';
import type { StreamPosition } from '#contracts';
import type { RecordReader, SourceRecord } from '../format/source-record.js';

/** Status and headers of a response. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<IncomingHttpHeaders>;
}

/**
 * Where a response begins.
 *
 * - `begins`: its body can be read; `offset` is where its first byte stands at the source. `lost`
 *   says that what lay between the last connection and this one is gone.
 * - `nothing-new`: the source has no byte behind the position yet.
 * - `gone`: the source no longer has what follows the position.
 */
export type Beginning =
  | { readonly kind: 'begins'; readonly offset: number; readonly lost?: string }
  | { readonly kind: 'nothing-new' }
  | { readonly kind: 'gone'; readonly reason: string };

/**
 * Knows, for one way of resuming, how a source is asked to go on, whether it did, what the documents
 * are called, and where reading stands. One for each stream and epoch, across its connections.
 */
export interface Cursor {
  /** Headers that ask the source to go on where reading stands. */
  requestHeaders(): Record<string, string>;
  /**
   * Looks where a response with status 200, 206 or 416 begins.
   *
   * @throws {SignalboxError} when the source cannot be resumed this way at all.
   */
  begin(head: ResponseHead): Beginning;
  /** The body's reader, for {@link position}; call it after `begins`, before the first record. */
  follow(reader: RecordReader): void;
  /** The id of the document that a record of the followed reader becomes. In order, once each. */
  identify(record: SourceRecord): string;
  /** Behind the last record read; nothing before the first response began. */
  position(): StreamPosition | undefined;
  /** Forgets the position, whose loss is known: the next request asks for the source as a whole. */
  forget(): void;
}
