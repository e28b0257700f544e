import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Declaration, declarationsOf } from './declarations.ts';
import { readSurface } from './public-surface.ts';
import { referencePage } from './reference-page.ts';

const INDEX = `
import { type Base } from './base.js';
/** Says hello. */
export const greet = (name: string, times = 1): string => name.repeat(times);
/** A door. */
export class Door implements Base {
  /** Whether it is open. */
  readonly isOpen = false;
  readonly #lock = 1;
  private key = 2;
  /** @internal */
  oil(): void {}
  /**
   * Opens it.
   *
   * Twice does nothing.
   */
  open({ wide }: { /** As far as it goes. */ readonly wide?: boolean } = {}): number {
    return wide ? this.#lock : this.key;
  }
}
/** What can be carried. */
export interface Bag<T> extends Base { readonly holds: T }
export type Bare = 'a' | 'b';
/** @internal */
export type Inner = string;
`;

const BASE = `
export interface Base {
  /** Whether it is open. */
  readonly isOpen: boolean;
}
`;

const OPTIONS = {
  target: 'es2023',
  module: 'nodenext',
  types: [],
  outDir: 'dist',
  declaration: true,
  stripInternal: true,
};

describe('the reference of a library', () => {
  let folder: string;
  let declarations: ReadonlyMap<string, Declaration>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'reference-'));
    mkdirSync(join(folder, 'src'));
    const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
    write('package.json', '{ "type": "module" }');
    write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: { ...OPTIONS, rootDir: 'src' }, include: ['src'] }),
    );
    write('src/index.ts', INDEX);
    write('src/base.ts', BASE);
    declarations = declarationsOf(readSurface(folder));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('shows signatures and doc comments, without what is private or internal', () => {
    const documented = new Map(declarations);
    documented.delete('Bare');
    const page = referencePage(documented, { Things: ['Door', 'Bag'], Words: ['greet'] });
    expect(page.slice(page.indexOf('- [Things]')))
      .toBe(`- [Things](#things): [Door](#door), [Bag](#bag)
- [Words](#words): [greet](#greet)

## Things

### Door

\`\`\`ts
class Door {
readonly isOpen = false;
open({ wide }?: {
    readonly wide?: boolean;
}): number;
}
\`\`\`

A door.

- **\`isOpen\`** Whether it is open.
- **\`open\`** Opens it.

  Twice does nothing.

### Bag

\`\`\`ts
interface Bag<T> {
readonly holds: T;
readonly isOpen: boolean;
}
\`\`\`

What can be carried.

- **\`isOpen\`** Whether it is open.

## Words

### greet

\`\`\`ts
const greet: (name: string, times?: number) => string;
\`\`\`

Says hello.
`);
  });

  it('names an export without a doc comment, one without a group, and a group with too much', () => {
    const make = () => referencePage(declarations, { All: ['Door', 'Bag', 'Bare', 'Bag', 'Cat'] });
    expect(make).toThrow(`the exports of the supervisor:
Bare has no doc comment: say over it what it promises
greet is in no group: add it to tools/docs/supervisor/reference-groups.ts
Bag is in a group, but not exported, or twice: take it out
Cat is in a group, but not exported, or twice: take it out`);
  });

  it('says what the compiler says when the library cannot be compiled', () => {
    writeFileSync(join(folder, 'src/broken.ts'), 'export const broken: string = 1;');
    expect(() => readSurface(folder)).toThrow(/broken\.ts.*not assignable to type 'string'/);
    rmSync(join(folder, 'src/broken.ts'));
  });
});
