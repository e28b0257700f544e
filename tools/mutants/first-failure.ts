import { writeFileSync } from 'node:fs';

/** A reporter for Jest that writes the name of the first failure into a file and ends the run there. */
export default class FirstFailure {
  readonly #file: string;

  constructor(_: unknown, { file }: { readonly file: string }) {
    this.#file = file;
  }

  onTestCaseResult(_: unknown, test: { readonly status: string; readonly fullName: string }): void {
    if (test.status === 'failed') this.#end(`"${test.fullName}"`);
  }

  /** A file that could not be run has no test that failed. */
  onTestFileResult({ path }: { readonly path: string }, result: { testExecError?: unknown }): void {
    if (result.testExecError !== undefined) this.#end(`${path}, which does not run`);
  }

  #end(failure: string): never {
    writeFileSync(this.#file, failure);
    process.exit(1);
  }
}
