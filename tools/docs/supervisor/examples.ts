import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that shows the use of the library, and what it prints. */
export interface Example {
  /** Of its file. */
  readonly name: string;
  readonly text: string;
  /** The lines of the comment `// Output:` that ends it. */
  readonly output: readonly string[];
}

const OUTPUT = /\n\/\/ Output:\n(?<lines>(?:\/\/ .*\n)+)$/;

/** The examples in a folder, by name. Throws for one that does not end in its output. */
export function readExamples(folder: string): readonly Example[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  return names.sort().map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const lines = OUTPUT.exec(text)?.groups?.['lines'];
    if (lines === undefined) throw new Error(`${name} does not end in // Output: and its lines`);
    return {
      name,
      text,
      output: lines
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(3)),
    };
  });
}
