/** A bug with a name, which the tests of its library must catch. */
export interface Mutant {
  /** In kebab-case, unique in its library. */
  readonly name: string;
  /** What would happen, in one line. */
  readonly story: string;
  /** From the library's folder. */
  readonly file: string;
  /** The text that it replaces; occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** What a file `libs/NAME/mutants/index.ts` exports. */
export interface Mutants {
  readonly mutants: readonly Mutant[];
}

/**
 * The text of the mutant's file with the bug in it. Throws when what it replaces is not there
 * exactly once: the code has moved on, and the mutant has to follow.
 */
export function plant({ name, file, find, replace }: Mutant, source: string): string {
  const parts = source.split(find);
  const [before = '', after = ''] = parts;
  if (parts.length === 2) return `${before}${replace}${after}`;
  throw new Error(
    `The mutant ${name} is stale: what it replaces occurs ${parts.length - 1} times in ${file}, ` +
      `not once. Fit its text to the code:\n${find}`,
  );
}
