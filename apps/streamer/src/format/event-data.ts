import { GrowingBuffer } from './growing-buffer.js';
import { OVERLONG_HEAD_BYTES } from './line-splitter.js';
import type { Line } from './line-splitter.js';

const NEWLINE = Buffer.from('\n');
const NOTHING = Buffer.alloc(0);

/**
 * The data of the event that is being read: its `data` lines, joined by newlines. A single line is
 * not copied. Past the limit only the first 8 KiB are kept, and the length goes on counting.
 */
export class EventData {
  readonly #maxBytes: number;
  readonly #joined = new GrowingBuffer();
  #only: Buffer = NOTHING;
  #lines = 0;
  #lengthBytes = 0;
  #overlong = false;
  #offset = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** No `data` line was seen. An event with an empty `data` line is not empty. */
  get isEmpty(): boolean {
    return this.#lines === 0;
  }

  /** Adds the value of a `data` field that stands on this line. */
  add(value: Buffer, line: Line): void {
    this.#lengthBytes += value.length + (line.lengthBytes - line.bytes.length);
    if (this.#lines > 0) this.#lengthBytes += NEWLINE.length;
    this.#overlong ||= line.overlong || this.#lengthBytes > this.#maxBytes;
    if (this.#lines === 0) {
      this.#offset = line.offset;
      this.#only = value;
    } else {
      if (this.#lines === 1) this.#append(this.#only);
      this.#append(NEWLINE);
      this.#append(value);
    }
    this.#lines += 1;
  }

  /** The data as a record; the next event begins empty. */
  take(): Line {
    const bytes = this.#lines > 1 ? this.#joined.take() : this.#only;
    const line = {
      bytes: this.#overlong ? bytes.subarray(0, OVERLONG_HEAD_BYTES) : bytes,
      offset: this.#offset,
      lengthBytes: this.#lengthBytes,
      overlong: this.#overlong,
    };
    this.#only = NOTHING;
    this.#lines = this.#lengthBytes = 0;
    this.#overlong = false;
    return line;
  }

  #append(part: Buffer): void {
    this.#joined.append(part, this.#overlong ? OVERLONG_HEAD_BYTES : undefined);
  }
}
