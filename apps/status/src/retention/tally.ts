/** How many rows went, by table. */
export class Tally {
  readonly #rows = new Map<string, number>();

  constructor(
    private readonly onDeleted: (table: string, rows: number) => void = () => undefined,
  ) {}

  /** Takes the one row that a statement returned: each column is a table, its value how many of its rows went. Returns their sum. */
  add(counts: readonly object[]): number {
    let sum = 0;
    for (const [table, rows] of Object.entries(counts[0] ?? {}) as [string, number][]) {
      if (rows === 0) continue;
      sum += rows;
      this.#rows.set(table, (this.#rows.get(table) ?? 0) + rows);
      this.onDeleted(table, rows);
    }
    return sum;
  }

  get total(): number {
    return [...this.#rows.values()].reduce((sum, rows) => sum + rows, 0);
  }

  /** As it stands in the log. */
  get facts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#rows);
  }
}
