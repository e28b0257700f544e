/** Columns padded to their widest cell so far, the head above the first rows; lines are cut to what the terminal has. */
export class Table {
  private widths: readonly number[] = [];

  constructor(
    private readonly head: readonly string[],
    private readonly width = Infinity,
  ) {}

  /**
   * The lines of further rows; those of the first call begin with the head. Under a row stand the lines `under` has at its place,
   * never cut.
   */
  lines(
    rows: readonly (readonly string[])[],
    under: readonly (readonly string[])[] = [],
  ): string[] {
    const head = this.widths.length === 0 ? [this.head] : [];
    const all = [...head, ...rows];
    this.widths = this.head.map((_, column) =>
      all.reduce(
        (widest, row) => Math.max(widest, (row[column] ?? '').length),
        this.widths[column] ?? 0,
      ),
    );
    return [
      ...head.map((row) => this.line(row)),
      ...rows.flatMap((row, at) => [this.line(row), ...(under[at] ?? [])]),
    ];
  }

  private line(row: readonly string[]): string {
    const line = row
      .map((cell, column) => cell.padEnd(this.widths[column] ?? 0))
      .join('  ')
      .trimEnd();
    return line.length > this.width ? `${line.slice(0, this.width - 1)}…` : line;
  }
}

/** A table of all its rows. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): string[] {
  return new Table(head, width).lines(rows);
}
