import type { Readable } from 'node:stream';
import { Gate, withTimeout } from '#supervisor';

/** How long a program's pipe must be silent, after the program ended, to count as drained. */
const QUIET_MS = 100;
/** How long what the program left behind may keep the pipe busy. */
const BUSY_MS = 1_000;
const STEP_MS = 25;

/**
 * Reads one pipe of a program. Each piece is handed on and waited for before the next is read, so a
 * slow reader slows the program, and memory stays bounded. `handOn` must not reject.
 */
export class ProgramOutput {
  /** Open once nothing is read any more. */
  private readonly ended = new Gate();
  private isHandingOn = false;
  private lastPieceAt = 0;

  constructor(
    private readonly pipe: Readable,
    private readonly handOn: (piece: Buffer) => Promise<void>,
  ) {}

  /**
   * Reads until the pipe ends, breaks, or `drain` closes it. Never rejects. Call it once, when the
   * program was started: pipes that nobody reads are emptied by Node when the program ends.
   */
  async read(): Promise<void> {
    try {
      for await (const piece of this.pipe) await this.handOnPiece(piece as Buffer);
    } catch {
      // A broken pipe is an end like any other.
    }
    this.ended.open();
  }

  /**
   * Call it when the program has ended: reads what is still in the pipe, then closes it. Not until
   * its end, since grandchildren may hold the other end for as long as they like, only until it is
   * silent. The time that pieces wait to be handed on does not count.
   */
  async drain(): Promise<void> {
    this.lastPieceAt = performance.now();
    for (let spentMs = 0; spentMs < BUSY_MS;) {
      if (await this.endsWithin(STEP_MS)) return;
      if (this.isHandingOn) continue;
      if (performance.now() - this.lastPieceAt >= QUIET_MS) break;
      spentMs += STEP_MS;
    }
    this.pipe.destroy();
  }

  private async handOnPiece(piece: Buffer): Promise<void> {
    this.isHandingOn = true;
    await this.handOn(piece);
    this.lastPieceAt = performance.now();
    this.isHandingOn = false;
  }

  private async endsWithin(ms: number): Promise<boolean> {
    await withTimeout((signal) => this.ended.wait(signal), ms).catch(() => {});
    return this.ended.isOpen;
  }
}
