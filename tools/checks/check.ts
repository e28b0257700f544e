import type { ContainerFiles } from './container-files.ts';

/** One thing that must hold about the container files. */
export interface Check {
  /** What holds, as a sentence. */
  readonly name: string;
  /** Every place where it does not, and why; empty when it holds. */
  readonly findProblems: (files: ContainerFiles) => readonly string[];
}
