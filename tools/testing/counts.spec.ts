import { describe, expect, it } from '@jest/globals';
import { closingLine, count, exitCodeOf, NEEDS_DATA, type JestResults } from './counts.ts';

function run(results: Partial<JestResults>): JestResults {
  return {
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
    testResults: [],
    ...results,
  };
}

const lacking = run({
  numPassedTests: 1,
  numPendingTests: 1,
  testResults: [
    { assertionResults: [{ status: 'pending', fullName: `hosts (${NEEDS_DATA} /x) are read` }] },
  ],
});

describe('the counts of a test run', () => {
  it('add up over several runs', () => {
    const counts = count([run({ numPassedTests: 3, numTodoTests: 1 }), lacking]);
    expect(closingLine(counts)).toBe('4 passed, 0 failed, 2 skipped');
  });

  it('count a file that could not be run as a failure', () => {
    const counts = count([run({ numPassedTests: 3, numRuntimeErrorTestSuites: 1 })]);
    expect(closingLine(counts)).toBe('3 passed, 1 failed, 0 skipped');
    expect(exitCodeOf(counts, { strict: false })).toBe(1);
  });

  it('forgive a skipped test that lacks data, and strictly no other', () => {
    expect(exitCodeOf(count([lacking]), { strict: true })).toBe(0);
    const skipped = count([lacking, run({ numPendingTests: 1 })]);
    expect(exitCodeOf(skipped, { strict: true })).toBe(1);
    expect(exitCodeOf(skipped, { strict: false })).toBe(0);
  });
});
