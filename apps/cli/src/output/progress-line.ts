import type { Console } from './console.js';
import { duration } from './time.js';

const DRAW_EVERY_MS = 100;

/** `replayed 120 of 4,000  2.3 s`: a line of a terminal that is drawn over; nothing elsewhere. */
export class ProgressLine {
  private readonly startedAt = performance.now();
  private drawnAt = -Infinity;

  constructor(
    private readonly console: Console,
    private readonly verb: string,
    private readonly total: number,
  ) {}

  update(done: number): void {
    const now = performance.now();
    if (!this.console.live || now - this.drawnAt < DRAW_EVERY_MS) return;
    this.drawnAt = now;
    const took = duration(now - this.startedAt);
    this.console.redraw(`${this.verb} ${done} of ${this.total}  ${took}`);
  }

  /** Leaves the terminal clean. */
  clear(): void {
    if (this.console.live) this.console.redraw('');
  }
}
