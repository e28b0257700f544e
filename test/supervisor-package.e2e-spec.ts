import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readExamples } from '../tools/docs/supervisor/examples.ts';
import { EXAMPLES } from '../tools/docs/supervisor/supervisor-files.ts';
import { ROOT } from '../tools/setup/places.js';
import { run as runProgram } from '../tools/setup/run.js';

const BIN = join(ROOT, 'node_modules', '.bin');
const LIBRARY = join(ROOT, 'libs', 'supervisor');

/** What `npm ls --json` says. */
interface Tree {
  readonly dependencies: Readonly<Record<string, { readonly dependencies?: object }>>;
}

/** Runs a program of this project, under its Node.js, and returns what it printed. */
function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH}` };
  return runProgram(program, args, { cwd, env });
}

describe('the package of the supervisor', () => {
  const examples = readExamples(EXAMPLES);
  let scratch: string;
  /** A program of somebody else, with the package and nothing more. */
  let user: string;
  /** Where it has the package. */
  let home: string;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'supervisor-package-'));
    await run(LIBRARY, 'npm', 'pack', '--pack-destination', scratch);
    const [tarball = ''] = readdirSync(scratch);
    user = join(scratch, 'user');
    cpSync(EXAMPLES, user, { recursive: true });
    writeFileSync(join(user, 'package.json'), '{ "private": true, "type": "module" }');
    await run(user, 'npm', 'install', '--offline', '--no-audit', join(scratch, tarball));
    home = join(user, 'node_modules', '@signalbox', 'supervisor');
  }, 60_000);

  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('holds the code with its types and sources, the documents, and no tests', () => {
    expect(readdirSync(home).sort()).toEqual([
      'API.md',
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
      'src',
    ]);
    const files = readdirSync(home, { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(
      expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'src/index.ts']),
    );
    expect(files.filter((file) => /\.spec\.|\/test\//.test(file))).toEqual([]);
  });

  it('brings no other package with it', async () => {
    const tree = JSON.parse(await run(user, 'npm', 'ls', '--all', '--json')) as Tree;
    expect(Object.keys(tree.dependencies)).toEqual(['@signalbox/supervisor']);
    expect(tree.dependencies['@signalbox/supervisor']?.dependencies).toBeUndefined();
  });

  it('has the license of the project', () => {
    const license = readFileSync(join(home, 'LICENSE'), 'utf8');
    expect(license).toBe(readFileSync(join(ROOT, 'LICENSE'), 'utf8'));
  });

  it.each(examples)('runs $name', async ({ name, output }) => {
    const printed = await run(user, process.execPath, join(user, name));
    expect(printed.trimEnd().split('\n')).toEqual(output);
  });

  it('has the types that the examples need', async () => {
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2024',
      strict: true,
      noEmit: true,
      typeRoots: [join(ROOT, 'node_modules', '@types')],
      types: ['node'],
    };
    const config = { compilerOptions, include: ['*.ts'] };
    writeFileSync(join(user, 'tsconfig.json'), JSON.stringify(config));
    expect(await run(user, 'tsc', '-p', user)).toBe('');
  }, 60_000);
});
