import type { TargetCounts, TargetDetails } from '#contracts';
import { Gate } from '#supervisor';
import type { Console } from '../output/console.js';
import { countsText } from '../output/counts.js';
import { ProgressBar } from '../output/progress-bar.js';
import { targetLines } from '../output/targets.js';

/** What is shown while it runs: a bar and failures on a terminal, a line per outcome elsewhere, objects with `--json`. */
export class ExecutionView {
  /** Opened when an event says that it is over: the record may be asked at once. */
  readonly finished = new Gate();
  private readonly bar: ProgressBar | undefined;
  private shown = '';
  private readonly told = new Set<string>();
  private trouble: string | undefined;

  constructor(private readonly console: Console) {
    this.bar = console.live ? new ProgressBar(console) : undefined;
  }

  counts(counts: TargetCounts): void {
    const text = countsText(counts);
    if (this.bar !== undefined) this.bar.update(counts);
    else if (text !== this.shown) this.console.line(text);
    this.shown = text;
  }

  targets(changes: readonly (TargetDetails & { readonly state: string })[]): void {
    for (const change of changes) {
      this.console.object(change);
      if (change.state === 'started' || change.state === 'retrying') continue;
      this.told.add(change.target);
      const lines = targetLines([change], this.console);
      if (this.bar === undefined) lines.forEach((line) => this.console.line(line));
      else if (change.state !== 'succeeded') lines.forEach((line) => this.bar?.above(line));
    }
  }

  /** Whether the outcome of a target was shown. */
  knows(target: string): boolean {
    return this.told.has(target);
  }

  /** The connection is away, or back. */
  connection(trouble: string | undefined): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.console.note(trouble === undefined ? 'heard again' : `${trouble}; trying again`);
  }

  end(): void {
    this.bar?.clear();
  }
}
