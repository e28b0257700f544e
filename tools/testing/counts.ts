/** In a suite's name: its tests are skipped for want of data that is not in the repository. */
export const NEEDS_DATA = 'needs data outside the repository:';

/** What counts of Jest's own JSON results (`--json`). */
export interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that could not be run at all. */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export interface Counts {
  readonly passed: number;
  /** A file that could not be run counts as one. */
  readonly failed: number;
  readonly skipped: number;
  /** How many of the skipped only lack data that is not in the repository. */
  readonly skippedForData: number;
}

/** Adds up the results of several runs. */
export function count(runs: readonly JestResults[]): Counts {
  const sum = (of: (run: JestResults) => number) => runs.reduce((total, run) => total + of(run), 0);
  return {
    passed: sum((run) => run.numPassedTests),
    failed: sum((run) => run.numFailedTests + run.numRuntimeErrorTestSuites),
    skipped: sum((run) => run.numPendingTests + run.numTodoTests),
    skippedForData: sum(lackingData),
  };
}

/** The closing line of a test run. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The code to exit with: with `strict`, a test that was skipped for anything but data is a failure. */
export function exitCodeOf(counts: Counts, { strict }: { strict: boolean }): number {
  if (counts.failed > 0) return 1;
  return strict && counts.skipped > counts.skippedForData ? 1 : 0;
}

function lackingData(run: JestResults): number {
  return run.testResults
    .flatMap((file) => file.assertionResults)
    .filter(({ status, fullName }) => status === 'pending' && fullName.includes(NEEDS_DATA)).length;
}
