/** Looks for a text in a stream of bytes, keeping no more of it than the text is long. */
export class TextSearch {
  private readonly needle: Buffer;
  private overlap: Uint8Array = new Uint8Array();
  private isFound: boolean;

  /** An empty text is found at once. */
  constructor(text: string) {
    this.needle = Buffer.from(text);
    this.isFound = this.needle.length === 0;
  }

  get found(): boolean {
    return this.isFound;
  }

  push(chunk: Uint8Array): void {
    if (this.isFound) return;
    const window = Buffer.concat([this.overlap, chunk]);
    this.isFound = window.includes(this.needle);
    this.overlap = window.subarray(Math.max(0, window.length - this.needle.length + 1));
  }
}
