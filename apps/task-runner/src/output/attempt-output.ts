import type { OutputChannel, OutputSettings, OutputTail } from '#contracts';
import { abortable, withTimeout } from '#supervisor';
import { OutputCapture, type OutputPiece } from './output-capture.js';
import type { OutputSink } from './output-sink.js';

/** Even if every byte of it has to be escaped in JSON, a piece fits into a message. */
const MAX_PIECE_BYTES = 64 * 1024;
/** How long the last pieces of an aborted attempt may take to arrive. */
const LAST_WORDS_MS = 2_000;

/**
 * All output of one attempt: what its plugin writes goes to the sinks, up to the cap, and what the
 * record keeps is gathered. After an abort the plugin waits for no sink any more; pieces that come
 * while one is still busy are left out.
 */
export class AttemptOutput {
  private readonly capture: OutputCapture;
  private readonly sinks: readonly OutputSink[];
  private readonly abandoned = new AbortController();
  private busy = 0;

  /**
   * @param signal aborted when the attempt has to end.
   * @param sinksUntil makes the sinks; its signal is aborted when what they have not done by then is
   * left undone.
   */
  constructor(
    { capBytes, tailBytes }: Pick<OutputSettings, 'capBytes' | 'tailBytes'>,
    private readonly signal: AbortSignal,
    sinksUntil: (abandoned: AbortSignal) => readonly OutputSink[],
  ) {
    this.capture = new OutputCapture(capBytes, tailBytes);
    this.sinks = sinksUntil(this.abandoned.signal);
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

  /**
   * Nothing follows. Resolves when all of it has arrived; of an aborted attempt, at most 2 s after
   * that and this call. Never rejects.
   */
  async end(): Promise<void> {
    await this.handOn(this.capture.end());
    const ended = Promise.all(this.sinks.map((sink) => sink.end()));
    // Sinks do not reject, so what is caught is the abort, then the end of its grace.
    await abortable(ended, this.signal)
      .catch(() => withTimeout(ended, LAST_WORDS_MS))
      .catch(() => {});
    this.abandoned.abort();
  }

  /** What the record keeps; nothing when nothing was written. */
  summary(): OutputTail | undefined {
    const summary = this.capture.summary();
    return summary.bytes > 0 ? summary : undefined;
  }

  private async handOn(pieces: readonly OutputPiece[]): Promise<void> {
    for (const piece of pieces) {
      if (this.signal.aborted && this.busy > 0) return;
      this.busy += 1;
      const written = Promise.all(this.sinks.map((sink) => sink.write(piece))).then(() => {
        this.busy -= 1;
      });
      await abortable(written, this.signal).catch(() => {});
    }
  }
}
