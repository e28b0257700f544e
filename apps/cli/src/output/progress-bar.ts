import type { TargetCounts } from '#contracts';
import type { Console } from './console.js';
import { countsText, endedCount } from './counts.js';
import { duration } from './time.js';

const BAR_CELLS = 24;

/** One line at the bottom of a terminal that is drawn over; what is printed meanwhile goes above it. */
export class ProgressBar {
  private shown = '';

  constructor(
    private readonly console: Console,
    private readonly startedAt: number = performance.now(),
  ) {}

  /** Draws the line anew. */
  update(counts: TargetCounts): void {
    const share = counts.total === 0 ? 0 : endedCount(counts) / counts.total;
    const full = Math.round(share * BAR_CELLS);
    const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}]`;
    const took = duration(performance.now() - this.startedAt);
    const text = `${bar} ${endedCount(counts)}/${counts.total}  ${countsText(counts)}  ${took}`;
    this.shown = text.slice(0, this.console.width - 1);
    this.console.redraw(this.shown);
  }

  /** Prints a line above the bar. */
  above(line: string): void {
    this.console.redraw(`${line}\n${this.shown}`);
  }

  /** Leaves the terminal clean. */
  clear(): void {
    this.console.redraw('');
    this.shown = '';
  }
}
