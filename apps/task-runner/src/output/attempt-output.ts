import type { OutputChannel, OutputSettings, OutputTail } from '#contracts';
import { abortable } from '#supervisor';
import { OutputCapture, type OutputPiece } from './output-capture.js';
import type { OutputSink } from './output-sink.js';

/** Even if every byte of it has to be escaped in JSON, a piece fits into a message. */
const MAX_PIECE_BYTES = 64 * 1024;

/**
 * All output of one attempt: what its plugin writes goes to the sinks, up to the cap, and what the
 * record keeps is gathered. After an abort nobody waits for a sink any more; pieces that come while
 * one is still busy are left out.
 */
export class AttemptOutput {
  private readonly capture: OutputCapture;
  private busy = 0;

  /** @param signal aborted when the attempt has to end. */
  constructor(
    { capBytes, tailBytes }: Pick<OutputSettings, 'capBytes' | 'tailBytes'>,
    private readonly sinks: readonly OutputSink[],
    private readonly signal: AbortSignal,
  ) {
    this.capture = new OutputCapture(capBytes, tailBytes);
  }

  /** Resolves when more may come. Never rejects. */
  async write(chunk: Uint8Array | string, channel: OutputChannel = 'stdout'): Promise<void> {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let start = 0; start < bytes.length; start += MAX_PIECE_BYTES) {
      await this.handOn(
        this.capture.write(bytes.subarray(start, start + MAX_PIECE_BYTES), channel),
      );
    }
  }

  /** Nothing follows. Resolves when all has arrived, or the attempt was aborted. Never rejects. */
  async end(): Promise<void> {
    await this.handOn(this.capture.end());
    await this.unlessAborted((sink) => sink.end());
  }

  /** What the record keeps; nothing when nothing was written. */
  summary(): OutputTail | undefined {
    const summary = this.capture.summary();
    return summary.bytes > 0 ? summary : undefined;
  }

  private async handOn(pieces: readonly OutputPiece[]): Promise<void> {
    for (const piece of pieces) {
      if (this.signal.aborted && this.busy > 0) return;
      await this.unlessAborted((sink) => sink.write(piece));
    }
  }

  private async unlessAborted(use: (sink: OutputSink) => Promise<void>): Promise<void> {
    this.busy += 1;
    const done = Promise.all(this.sinks.map(use)).then(() => {
      this.busy -= 1;
    });
    // Sinks do not reject, so this is the abort.
    await abortable(done, this.signal).catch(() => {});
  }
}
