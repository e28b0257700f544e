import { MAX_MESSAGE_BYTES, resolveIndexName } from '#contracts';
import type { IndexDocument, StreamFormat, StreamSettings, TimeBounds } from '#contracts';
import type { SourceRecord } from '../format/source-record.js';
import { eventTime } from './event-time.js';
import { looksLikeJsonObject, readJsonObject } from './json-object.js';
import type { RejectedRecord } from './rejected-record.js';

/** What the bulk format says about a document takes less than this. */
const ACTION_BYTES = 1_024;
const MAX_DOCUMENT_BYTES = MAX_MESSAGE_BYTES - ACTION_BYTES;
/** So much of a record that is no document is kept. */
const MAX_REJECTED_BYTES = 256 * 1024;
const DAY_MS = 86_400_000;
const KEPT_OF_LONGER_BYTES = 8 * 1024;

type Content = { readonly source: Buffer; readonly value?: Readonly<Record<string, unknown>> };

/** What became of a record. */
export type Made =
  { readonly document: Omit<IndexDocument, 'id'> } | { readonly rejected: RejectedRecord };

/**
 * Makes documents of records.
 *
 * - `ndjson`: a line is a JSON object and goes on byte for byte; anything else is rejected.
 * - `sse`: data that is a JSON object goes on as it is; any other becomes `{ "message": data }`, with
 *   `"event"` when the event has a type.
 * - `lines`: a line becomes `{ "message": line }`. Bytes that are not UTF-8 become U+FFFD, as in
 *   event streams: a line that is mostly readable is worth more in a search than among dead letters.
 *
 * The index follows from the time in the document and from recorded bounds, never from the clock.
 */
export class DocumentMaker {
  readonly #format: StreamFormat;
  readonly #index: string;
  readonly #timestampField: string | undefined;
  readonly #bounds: TimeBounds;
  /** The day of the document before, in days since 1970, and its index: naming one costs. */
  #day: number | undefined;
  #dayIndex = '';

  constructor(
    settings: Pick<StreamSettings, 'format' | 'index' | 'timestampField'>,
    bounds: TimeBounds,
  ) {
    this.#format = settings.format;
    this.#index = settings.index;
    this.#timestampField = settings.timestampField;
    this.#bounds = bounds;
  }

  make(record: SourceRecord): Made {
    if (record.overlong) return reject(record, 'line-too-long', 'longer than maxLineBytes');
    const content = this.#content(record);
    if (typeof content === 'string') return reject(record, 'line-not-decodable', content);
    if (content.source.length > MAX_DOCUMENT_BYTES) {
      return reject(record, 'line-too-long', `a document has at most ${MAX_DOCUMENT_BYTES} bytes`);
    }
    return { document: { index: this.#indexOf(content), source: content.source } };
  }

  #content(record: SourceRecord): Content | string {
    switch (this.#format) {
      case 'ndjson':
        return readJsonObject(record.bytes);
      case 'sse':
        return eventContent(record);
      case 'lines':
        return { source: wrap({ message: record.bytes.toString() }) };
    }
  }

  #indexOf({ value }: Content): string {
    const time =
      value && this.#timestampField !== undefined
        ? eventTime(value, this.#timestampField)
        : undefined;
    if (time === undefined || time < this.#bounds.from || time > this.#bounds.to) {
      return resolveIndexName(this.#index, time, this.#bounds);
    }
    const day = Math.floor(time / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#dayIndex = resolveIndexName(this.#index, time, this.#bounds);
    }
    return this.#dayIndex;
  }
}

function eventContent({ bytes, event }: SourceRecord): Content {
  const object = looksLikeJsonObject(bytes) ? readJsonObject(bytes) : undefined;
  if (typeof object === 'object') return object;
  const message = bytes.toString();
  return { source: wrap(event?.type ? { message, event: event.type } : { message }) };
}

function wrap(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function reject(record: SourceRecord, code: RejectedRecord['code'], reason: string): Made {
  const { bytes, offset, lengthBytes } = record;
  const kept = bytes.length > MAX_REJECTED_BYTES ? bytes.subarray(0, KEPT_OF_LONGER_BYTES) : bytes;
  return { rejected: { code, reason, bytes: kept, offset, lengthBytes } };
}
