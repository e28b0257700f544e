import { LineSplitter } from './line-splitter.js';
import type { Line } from './line-splitter.js';
import type { RecordReader } from './source-record.js';

const CR = 0x0d;

/**
 * Reads the formats `ndjson` and `lines`: a line ends with `\n`; one `\r` before it belongs to the
 * ending, any other is part of the line. Empty lines are no records, they keep a connection alive.
 * The last line counts without a delimiter when the body ended cleanly.
 */
export class LineReader implements RecordReader {
  readonly #lines: LineSplitter;

  /** @param offset where in the source's body the first byte stands (default 0). */
  constructor(options: { readonly maxLineBytes: number; readonly offset?: number }) {
    this.#lines = new LineSplitter({ ...options, endings: 'lf' });
  }

  get position(): number {
    return this.#lines.position;
  }

  write(chunk: Buffer): void {
    this.#lines.write(chunk);
  }

  read(): Line | undefined {
    for (;;) {
      const line = this.#lines.read();
      if (line === undefined) return undefined;
      const record = withoutCarriageReturn(line);
      if (record.lengthBytes > 0) return record;
    }
  }

  end(): Line | undefined {
    const line = this.#lines.end();
    if (line === undefined) return undefined;
    const record = withoutCarriageReturn(line);
    return record.lengthBytes > 0 ? record : undefined;
  }
}

function withoutCarriageReturn(line: Line): Line {
  const { bytes, offset, lengthBytes, overlong } = line;
  if (overlong || bytes[bytes.length - 1] !== CR) return line;
  return { bytes: bytes.subarray(0, -1), offset, lengthBytes: lengthBytes - 1, overlong };
}
