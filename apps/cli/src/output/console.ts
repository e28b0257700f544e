const ERASE_LINE = '\r\u001b[2K';

/** How results are shown: for people, or one JSON object a line for programs. */
export class Console {
  constructor(
    readonly json: boolean,
    readonly color: boolean,
    private readonly out: NodeJS.WriteStream = process.stdout,
    private readonly err: NodeJS.WriteStream = process.stderr,
  ) {}

  /** Whether a person watches: progress may be drawn over. */
  get live(): boolean {
    return !this.json && this.out.isTTY;
  }

  /** Columns of the terminal; no limit elsewhere. */
  get width(): number {
    return this.out.isTTY ? this.out.columns : Infinity;
  }

  /** A line for people; nothing with `--json`. */
  line(text = ''): void {
    if (!this.json) this.out.write(`${text}\n`);
  }

  /** An object for programs; nothing without `--json`. */
  object(value: object): void {
    if (this.json) this.out.write(`${JSON.stringify(value)}\n`);
  }

  /** What went wrong, or a hint: never mixed with results. */
  note(text: string): void {
    this.err.write(`${text}\n`);
  }

  /** Text in place of the line where the cursor is; no text leaves it empty (terminals only). */
  redraw(text: string): void {
    this.out.write(`${ERASE_LINE}${text}`);
  }

  paint(text: string, color: keyof typeof COLORS): string {
    return this.color && this.out.isTTY ? `\u001b[${COLORS[color]}m${text}\u001b[0m` : text;
  }
}

const COLORS = { green: 32, red: 31, yellow: 33, dim: 2, bold: 1 } as const;
