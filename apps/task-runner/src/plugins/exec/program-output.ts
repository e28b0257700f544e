import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { settlesWithin } from './settles-within.js';

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
  private readonly closed: Promise<unknown>;
  private isHandingOn = false;
  private lastPieceAt = 0;

  constructor(
    private readonly pipe: Readable,
    private readonly handOn: (piece: Buffer) => Promise<void>,
  ) {
    this.closed = once(pipe, 'close').catch(() => {}); // a broken pipe is an end like any other
    // Not `data`: Node resumes paused pipes when the process has ended.
    pipe.on('readable', () => void this.read());
  }

  /**
   * Call it when the program has ended: reads what is still in the pipe, then closes it. Not until
   * its end, since grandchildren may hold the other end for as long as they like, only until it is
   * silent. The time that pieces wait to be handed on does not count.
   */
  async drain(): Promise<void> {
    this.lastPieceAt = performance.now();
    for (let spentMs = 0; spentMs < BUSY_MS;) {
      if (await settlesWithin(this.closed, STEP_MS)) return;
      if (this.isHandingOn) continue;
      if (performance.now() - this.lastPieceAt >= QUIET_MS) break;
      spentMs += STEP_MS;
    }
    this.pipe.destroy();
  }

  private async read(): Promise<void> {
    if (this.isHandingOn) return;
    this.isHandingOn = true;
    for (let piece = this.next(); piece !== null; piece = this.next()) {
      await this.handOn(piece);
      this.lastPieceAt = performance.now();
    }
    this.isHandingOn = false;
  }

  private next(): Buffer | null {
    return this.pipe.read() as Buffer | null;
  }
}
