/** A stretch of text and where its bytes began in the stream. */
export interface TextPiece {
  /** In bytes from the beginning of the stream. */
  readonly offset: number;
  readonly text: string;
}

/**
 * Makes text of a byte stream that arrives in arbitrary pieces: a character is never cut in two.
 * Bytes that are no UTF-8 become U+FFFD. So does U+0000, which no PostgreSQL text can hold.
 */
export class Utf8Text {
  private pending: Uint8Array = new Uint8Array();
  private offset = 0;

  /** The characters that are complete by now. What is left, at most three bytes, waits for the next piece. */
  push(chunk: Uint8Array): TextPiece {
    const bytes = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const whole = bytes.length - incompleteBytes(bytes);
    // Copied: the chunk may be a view of a large buffer, or be reused by whoever gave it.
    this.pending = Uint8Array.prototype.slice.call(bytes, whole);
    return this.take(bytes.subarray(0, whole));
  }

  /** What was still incomplete, as it is. */
  end(): TextPiece {
    const rest = this.pending;
    this.pending = new Uint8Array();
    return this.take(rest);
  }

  private take(bytes: Uint8Array): TextPiece {
    const { offset } = this;
    this.offset += bytes.length;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    return { offset, text: text.replaceAll('\0', '\uFFFD') };
  }
}

/** How many bytes at the end belong to a character that is not complete: 0 to 3. */
function incompleteBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    return sequenceLength(byte) > back ? back : 0;
  }
  return 0;
}

/** Whether a byte is the second or a later one of a character. */
export function isContinuation(byte: number): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000;
}

/** How long a character is, by its first byte (RFC 3629); 1 for a byte that begins none. */
function sequenceLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 1;
}
