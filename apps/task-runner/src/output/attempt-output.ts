import {
  type OutputChannel,
  type OutputSettings,
  type OutputTail,
  PluginFailedError,
} from '#contracts';
import { abortable, Deferred, Gate, type Supervisor, type Task, withTimeout } from '#supervisor';
import { OutputCapture, type OutputPiece } from './output-capture.js';
import type { OutputSink } from './output-sink.js';

/** Even if every byte of it has to be escaped in JSON, a piece fits into a message. */
const MAX_PIECE_BYTES = 64 * 1024;
/** How long the last pieces of an aborted attempt may take to arrive. */
const LAST_WORDS_MS = 2_000;

/** A piece that has not reached every sink, and who waits for that. */
interface PieceOnTheWay {
  readonly piece: OutputPiece;
  readonly taken: Deferred;
}

/**
 * All output of one attempt: what its plugin writes goes to the sinks, up to the cap, and what the
 * record keeps is gathered. After an abort the plugin waits for no sink any more; pieces that come
 * while one is still busy are left out.
 */
export class AttemptOutput {
  private readonly capture: OutputCapture;
  private readonly handingOn: Task<void>;
  private readonly onTheWay: PieceOnTheWay[] = [];
  /** Open when something has happened since the sinks were given something. */
  private readonly news = new Gate();
  private isEnded = false;

  /**
   * @param signal aborted when the attempt has to end.
   * @param handOn what takes the pieces to the sinks: a task of its own.
   * @throws {PluginFailedError} when no such task can be had; retryable.
   */
  constructor(
    { capBytes, tailBytes }: Pick<OutputSettings, 'capBytes' | 'tailBytes'>,
    private readonly signal: AbortSignal,
    handOn: {
      readonly name: string;
      readonly tasks: Pick<Supervisor, 'trySpawn'>;
      /** Makes the sinks; its signal is aborted when what they have not done by then is left undone. */
      readonly sinksUntil: (abandoned: AbortSignal) => readonly OutputSink[];
    },
  ) {
    const { name, tasks, sinksUntil } = handOn;
    this.capture = new OutputCapture(capBytes, tailBytes);
    const task = tasks.trySpawn(name, (context) => this.handOnAll(sinksUntil(context.signal)));
    if (typeof task === 'string') {
      const problem = `nobody takes its output: the supervisor of outputs is ${task}`;
      throw new PluginFailedError('plugin-failed', problem, { retryable: true });
    }
    this.handingOn = task;
  }

  /** Resolves when more may come. Never rejects. After `end` nothing is taken any more. */
  async write(chunk: Uint8Array | string, channel: OutputChannel = 'stdout'): Promise<void> {
    if (this.isEnded) return;
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
    this.isEnded = true;
    this.news.open();
    const { outcome } = this.handingOn;
    // Outcomes do not reject, so what is caught is the abort, then the end of its grace.
    await abortable(outcome, this.signal)
      .catch(() => withTimeout(outcome, LAST_WORDS_MS))
      .catch(() =>
        this.handingOn.cancel('the attempt was aborted, and its last words took too long'),
      );
  }

  /** What the record keeps; nothing when nothing was written. */
  summary(): OutputTail | undefined {
    const summary = this.capture.summary();
    return summary.bytes > 0 ? summary : undefined;
  }

  private async handOn(pieces: readonly OutputPiece[]): Promise<void> {
    for (const piece of pieces) {
      if (this.signal.aborted && this.onTheWay.length > 0) return;
      const taken = new Deferred();
      this.onTheWay.push({ piece, taken });
      this.news.open();
      await abortable(taken.promise, this.signal).catch(() => {});
    }
  }

  /** The body of the task. */
  private async handOnAll(sinks: readonly OutputSink[]): Promise<void> {
    for (let next = this.onTheWay[0]; next || !this.isEnded; next = this.onTheWay[0]) {
      if (!next) {
        this.news.close();
        await this.news.wait();
        continue;
      }
      const { piece, taken } = next;
      await Promise.all(sinks.map((sink) => sink.write(piece)));
      this.onTheWay.shift();
      taken.resolve();
    }
    await Promise.all(sinks.map((sink) => sink.end()));
  }
}
