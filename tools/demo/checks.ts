/** Compares what the services recorded with what the demo's own servers saw. */
export class Checks {
  private readonly rows: {
    readonly what: string;
    readonly expected: string;
    readonly got: string;
  }[] = [];

  /** One count: `expected` must come from the demo's servers, never from a service. */
  equal(what: string, expected: number | string, got: number | string | undefined): void {
    this.rows.push({ what, expected: String(expected), got: String(got) });
  }

  get wrong(): number {
    return this.rows.filter(({ expected, got }) => expected !== got).length;
  }

  /** A table for people. */
  lines(): string[] {
    const width = Math.max(...this.rows.map(({ what }) => what.length));
    return this.rows.map(({ what, expected, got }) => {
      const verdict = expected === got ? 'ok   ' : 'WRONG';
      const counts = expected === got ? got : `${got}, but the demo's own servers saw ${expected}`;
      return `  ${verdict}  ${what.padEnd(width)}  ${counts}`;
    });
  }
}
