import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const STARTS_A_PROCESS = "import { spawn } from 'node:child_process';\nspawn('true');";

/** Code that would hold something its supervisor does not know, and the rule that says so. */
const FORBIDDEN: readonly (readonly [code: string, rule: string])[] = [
  ['setTimeout(() => undefined, 1);', 'eslint(no-restricted-globals)'],
  ['setInterval(() => undefined, 1);', 'eslint(no-restricted-globals)'],
  ['setImmediate(() => undefined);', 'eslint(no-restricted-globals)'],
  [
    "import { setTimeout as wait } from 'node:timers/promises';\nawait wait(1);",
    'eslint(no-restricted-imports)',
  ],
  [STARTS_A_PROCESS, 'eslint(no-restricted-imports)'],
  ['await new Promise<void>((resolve) => resolve());', 'promise(avoid-new)'],
  ['await Promise.race([Promise.resolve()]);', 'eslint(no-restricted-properties)'],
  ['AbortSignal.any([]);', 'eslint(no-restricted-properties)'],
  ['void Promise.resolve();', 'typescript(no-floating-promises)'],
];

/** The project's own rules, over a folder that holds only what was planted. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lint-'));
  for (const file of ['.oxlintrc.json', 'tsconfig.base.json'])
    await copyFile(file, join(folder, file));
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  await plant(
    'tsconfig.json',
    '{ "extends": "./tsconfig.base.json", "include": ["apps", "libs"] }',
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function plant(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** What the linter says of one file with `text`; nothing when it is content. */
async function complaints(path: string, text: string): Promise<string> {
  await plant(path, `${text}\n`);
  const oxlint = join(folder, 'node_modules/.bin/oxlint');
  try {
    await run(oxlint, ['--type-aware', '--deny-warnings', path], { cwd: folder });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe('the linter', () => {
  it.each(FORBIDDEN)('forbids `%s` in a service', async (code, rule) => {
    expect(await complaints('apps/status/src/planted.ts', code)).toContain(rule);
  });

  it.each(['libs/broker/src', 'libs/lease/src', 'libs/runtime/src', 'apps/cli/testing'])(
    'forbids processes in %s',
    async (place) => {
      const said = await complaints(`${place}/planted.ts`, STARTS_A_PROCESS);
      expect(said).toContain('eslint(no-restricted-imports)');
    },
  );

  it('lets the one file that starts programs do so', async () => {
    const path = 'apps/task-runner/src/plugins/exec/start-process.ts';
    expect(await complaints(path, STARTS_A_PROCESS)).toBe('');
  });
});
