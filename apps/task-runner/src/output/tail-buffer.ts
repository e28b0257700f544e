import { isContinuation } from './utf8-text.js';

/** Keeps the last characters of a text: at most `capacityBytes` of UTF-8, cut between two characters. */
export class TailBuffer {
  private readonly pieces: Buffer[] = [];
  private length = 0;

  constructor(private readonly capacityBytes: number) {}

  append(text: string): void {
    if (text === '') return;
    const piece = Buffer.from(text);
    this.pieces.push(piece);
    this.length += piece.length;
    // Twice the capacity before anything is copied, so that many small pieces cost little.
    if (this.length > 2 * this.capacityBytes) this.shrink();
  }

  toString(): string {
    this.shrink();
    return this.pieces.map((piece) => piece.toString('utf8')).join('');
  }

  private shrink(): void {
    if (this.length <= this.capacityBytes) return;
    const all = Buffer.concat(this.pieces);
    let start = all.length - this.capacityBytes;
    while (start < all.length && isContinuation(all[start] ?? 0)) start++;
    const kept = Buffer.from(all.subarray(start));
    this.pieces.splice(0, this.pieces.length, kept);
    this.length = kept.length;
  }
}
