const INITIAL_BYTES = 4 * 1024;
/** Memory beyond this is given back when the content is taken. */
const KEPT_BYTES = 64 * 1024;

/** Bytes put together from parts; its memory is used again for the next content. */
export class GrowingBuffer {
  #memory: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends a part. What would lie at or beyond `limitBytes` (default none) is dropped. */
  append(part: Buffer, limitBytes = Infinity): void {
    const length = Math.min(limitBytes, this.#length + part.length);
    this.#reserve(length);
    this.#length = Math.min(limitBytes, this.#length);
    part.copy(this.#memory, this.#length, 0, length - this.#length);
    this.#length = length;
  }

  /** A copy of the content; the buffer is empty afterwards. */
  take(): Buffer {
    const content = Buffer.from(this.#memory.subarray(0, this.#length));
    this.clear();
    return content;
  }

  /** Forgets the content. */
  clear(): void {
    this.#length = 0;
    if (this.#memory.length > KEPT_BYTES) this.#memory = Buffer.alloc(0);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#memory.length) return;
    const memory = Buffer.allocUnsafeSlow(Math.max(INITIAL_BYTES, bytes, 2 * this.#memory.length));
    this.#memory.copy(memory, 0, 0, this.#length);
    this.#memory = memory;
  }
}
