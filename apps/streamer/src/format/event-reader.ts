import { EventData } from './event-data.js';
import { LineSplitter } from './line-splitter.js';
import type { Line } from './line-splitter.js';
import type { RecordReader, SourceRecord } from './source-record.js';

const COLON = 0x3a;
const SPACE = 0x20;
const DELETE = 0x7f;
const LONGEST_FIELD_NAME = 'event'.length;
const NO_VALUE = Buffer.alloc(0);

/** Ids travel back in a request header and in messages: a longer one is ignored. */
const MAX_EVENT_ID_BYTES = 1024;

/**
 * Reads an event stream as the HTML standard has it
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream): byte
 * order mark, the three line endings, `data`, `event`, `id`, `retry`, comments. An event counts at
 * its blank line; one that the body's end cuts off is dropped with its id, at a clean end too.
 *
 * Beyond the standard: an event whose data is longer than `maxLineBytes` becomes an over-long
 * record; an id with control characters or of more than 1,024 bytes is ignored, as the standard
 * ignores one with NUL, because it could not be sent back.
 */
export class EventReader implements RecordReader {
  readonly #lines: LineSplitter;
  readonly #data: EventData;
  #type = '';
  #id: string | undefined;
  #position: number;
  #lastEventId: string;
  #ordinal = 0;
  #sawId = false;
  #retryMs: number | undefined;

  /**
   * @param options.lastEventId the id that the request asked to go on from (default none).
   * @param options.offset where in the source's body the first byte stands (default 0).
   */
  constructor(options: {
    readonly maxLineBytes: number;
    readonly offset?: number;
    readonly lastEventId?: string;
  }) {
    this.#lines = new LineSplitter({ ...options, endings: 'any' });
    this.#data = new EventData(options.maxLineBytes);
    this.#position = this.#lines.position;
    this.#lastEventId = options.lastEventId ?? '';
  }

  get position(): number {
    return this.#position;
  }

  /** The id of the last complete block that had one; empty when there is none. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** How long the source asked to wait before a reconnect; nothing until it did. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  write(chunk: Buffer): void {
    this.#lines.write(chunk);
  }

  read(): SourceRecord | undefined {
    for (let line = this.#lines.read(); line !== undefined; line = this.#lines.read()) {
      if (line.lengthBytes > 0) {
        this.#field(line);
        continue;
      }
      const record = this.#endOfBlock();
      if (record !== undefined) return record;
    }
    return undefined;
  }

  /** Nothing: an event without its blank line is incomplete, however the body ended. */
  end(): undefined {
    return undefined;
  }

  #field(line: Line): void {
    const { bytes } = line;
    const colon = bytes.indexOf(COLON);
    if (colon === 0 || colon > LONGEST_FIELD_NAME) return;
    const name = bytes.toString('latin1', 0, colon < 0 ? LONGEST_FIELD_NAME + 1 : colon);
    const value = colon < 0 ? NO_VALUE : valueBehind(bytes, colon);
    switch (name) {
      case 'data':
        this.#data.add(value, line);
        break;
      case 'event':
        this.#type = value.toString();
        break;
      case 'id':
        if (!line.overlong && isUsableId(value)) this.#id = value.toString();
        break;
      case 'retry':
        if (isDigits(value)) this.#retryMs = Number(value.toString('latin1'));
        break;
      default: // The standard ignores every other field.
    }
  }

  #endOfBlock(): SourceRecord | undefined {
    this.#position = this.#lines.position;
    this.#count();
    const type = this.#type;
    this.#type = '';
    this.#id = undefined;
    if (this.#data.isEmpty) return undefined;
    const { bytes, offset, lengthBytes, overlong } = this.#data.take();
    const event = { type, lastEventId: this.#lastEventId, ordinal: this.#ordinal };
    return { bytes, offset, lengthBytes, overlong, event };
  }

  /**
   * Numbers the events under one id so that a source which sends the id's own event again after a
   * reconnect, and one which goes on behind it, both give every event the number it had before.
   * Blocks without data and without a new id keep a connection alive and are not counted.
   */
  #count(): void {
    if (this.#id !== undefined && this.#id !== this.#lastEventId) {
      this.#lastEventId = this.#id;
      this.#ordinal = 0;
    } else if (!this.#data.isEmpty) {
      this.#ordinal = this.#id !== undefined && !this.#sawId ? 0 : this.#ordinal + 1;
    }
    this.#sawId ||= this.#id !== undefined;
  }
}

function valueBehind(bytes: Buffer, colon: number): Buffer {
  return bytes.subarray(bytes[colon + 1] === SPACE ? colon + 2 : colon + 1);
}

/** Header values carry no control characters. */
function isUsableId(value: Buffer): boolean {
  if (value.length > MAX_EVENT_ID_BYTES) return false;
  return value.every((byte) => byte >= SPACE && byte !== DELETE);
}

function isDigits(value: Buffer): boolean {
  return /^[0-9]+$/.test(value.toString('latin1'));
}
