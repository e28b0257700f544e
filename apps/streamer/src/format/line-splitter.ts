import { GrowingBuffer } from './growing-buffer.js';

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** So much of an over-long line is kept, to be shown to a person. */
export const OVERLONG_HEAD_BYTES = 8 * 1024;

/** A line without its delimiter. */
export interface Line {
  /** The bytes; of an over-long line at most the first 8 KiB. May be a view of a written chunk. */
  readonly bytes: Buffer;
  /** Where it begins in the body. */
  readonly offset: number;
  /** How long it was at the source. */
  readonly lengthBytes: number;
  /** It was longer than `maxLineBytes`. */
  readonly overlong: boolean;
}

export interface LineSplitterOptions {
  /** A longer line is skipped to its delimiter; only its first 8 KiB and its length are kept. */
  readonly maxLineBytes: number;
  /** What ends a line: `lf` is `\n` alone; `any` is `\n`, `\r\n` or `\r`, as event streams have it. */
  readonly endings: 'lf' | 'any';
  /** Where in the source's body the first written byte stands (default 0). */
  readonly offset?: number;
}

/**
 * Cuts a body that arrives in chunks into lines, without copying lines that lie within a chunk.
 *
 * Write a chunk, then read until nothing comes; only then write the next. Between two reads nothing
 * is worked ahead, so a reader may stop in the middle of a chunk for as long as it likes. A byte
 * order mark at the very beginning of the body is no part of the first line. Memory is bounded by
 * the chunk and `maxLineBytes`.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  readonly #anyEnding: boolean;
  #chunk: Buffer = Buffer.alloc(0);
  #cursor = 0;
  /** Positions in the chunk of the next `\n` and `\r` at or behind the cursor; its length if none. */
  #nextLf = 0;
  #nextCr = 0;
  #skipLf = false;
  /** Offset in the body of the unfinished line, and of the chunk's first byte. */
  #lineOffset: number;
  #chunkOffset: number;
  /** The beginning of the unfinished line from earlier chunks; of an over-long one the head only. */
  readonly #rest = new GrowingBuffer();
  /** How many bytes of the unfinished line came in earlier chunks. */
  #passedBytes = 0;

  constructor(options: LineSplitterOptions) {
    this.#maxLineBytes = options.maxLineBytes;
    this.#anyEnding = options.endings === 'any';
    this.#lineOffset = this.#chunkOffset = options.offset ?? 0;
  }

  /** Offset of the first byte that belongs to no line read so far: where reading can go on. */
  get position(): number {
    return this.#lineOffset;
  }

  /** Takes the next chunk; everything of the one before must have been read. */
  write(chunk: Buffer): void {
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = chunk;
    this.#cursor = 0;
    this.#nextLf = this.#nextCr = -1;
    if (this.#skipLf && chunk.length > 0) {
      this.#skipLf = false;
      if (chunk[0] === LF) this.#startLineAt(1);
    }
  }

  /** The next complete line, or nothing when the chunk holds no further delimiter. */
  read(): Line | undefined {
    const start = this.#cursor;
    const end = this.#findEnding(start);
    if (end === this.#chunk.length) {
      if (start < end) this.#keep(this.#chunk.subarray(start));
      this.#cursor = end;
      return undefined;
    }
    const line = this.#finish(this.#chunk.subarray(start, end));
    this.#startLineAt(this.#behindEnding(end));
    return line;
  }

  /**
   * The last line, when the body ended without a delimiter; nothing when it ended with one. Call it
   * at a clean end only, after everything was read: half a line of a broken body is no line.
   */
  end(): Line | undefined {
    if (this.#passedBytes === 0) return undefined;
    const line = this.#finish(Buffer.alloc(0));
    this.#startLineAt(this.#cursor);
    return line;
  }

  #findEnding(from: number): number {
    if (this.#nextLf < from) this.#nextLf = indexOrEnd(this.#chunk, LF, from);
    if (!this.#anyEnding) return this.#nextLf;
    if (this.#nextCr < from) this.#nextCr = indexOrEnd(this.#chunk, CR, from);
    return Math.min(this.#nextLf, this.#nextCr);
  }

  #behindEnding(end: number): number {
    if (this.#chunk[end] === LF) return end + 1;
    // A `\r` at the end of the chunk may be the first half of a `\r\n`: the next chunk tells.
    if (end + 1 === this.#chunk.length) this.#skipLf = true;
    return this.#chunk[end + 1] === LF ? end + 2 : end + 1;
  }

  #startLineAt(index: number): void {
    this.#cursor = index;
    this.#lineOffset = this.#chunkOffset + index;
    this.#passedBytes = 0;
  }

  #finish(tail: Buffer): Line {
    const offset = this.#lineOffset;
    const lengthBytes = this.#passedBytes + tail.length;
    const overlong = lengthBytes > this.#maxLineBytes;
    const line = { bytes: this.#whole(tail, overlong), offset, lengthBytes, overlong };
    return offset === 0 ? withoutByteOrderMark(line) : line;
  }

  #whole(tail: Buffer, overlong: boolean): Buffer {
    if (overlong) {
      this.#rest.append(tail, OVERLONG_HEAD_BYTES);
      return this.#rest.take();
    }
    if (this.#passedBytes === 0) return tail;
    this.#rest.append(tail);
    return this.#rest.take();
  }

  /** Keeps a part of the unfinished line: all of it within the limit, past the limit its head. */
  #keep(part: Buffer): void {
    this.#passedBytes += part.length;
    const overlong = this.#passedBytes > this.#maxLineBytes;
    this.#rest.append(part, overlong ? OVERLONG_HEAD_BYTES : undefined);
  }
}

function indexOrEnd(chunk: Buffer, byte: number, from: number): number {
  const index = chunk.indexOf(byte, from);
  return index < 0 ? chunk.length : index;
}

/** The mark keeps its place in the offsets: a range request counts it too. */
function withoutByteOrderMark(line: Line): Line {
  const skip = BYTE_ORDER_MARK.length;
  if (!line.bytes.subarray(0, skip).equals(BYTE_ORDER_MARK)) return line;
  const { bytes, lengthBytes, overlong } = line;
  return { bytes: bytes.subarray(skip), offset: skip, lengthBytes: lengthBytes - skip, overlong };
}
