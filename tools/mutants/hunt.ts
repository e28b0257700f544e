import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import jestConfig from '../../jest.config.js';
import { startJest } from '../testing/jest.ts';
import { type Mutant, plant } from './mutant.ts';

/** Many times what the tests need: a mutant that makes them hang is caught. */
const PATIENCE_MS = 60_000;

const FIRST_FAILURE = path.join(import.meta.dirname, 'first-failure.ts');

/** Where one hunt goes on. */
export interface Hunt {
  /** The library's folder. */
  readonly library: string;
  /** For copies of it, inside the repository so that they find its packages. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/** What the unit tests made of one mutant. */
export interface Verdict {
  /** The first test that failed, or what else went wrong; missing when all passed. */
  readonly caughtBy: string | undefined;
  readonly seconds: number;
}

/** The texts of all files with their bugs, by mutant. Throws one error that names all stale mutants. */
export function plantAll(library: string, mutants: readonly Mutant[]): Map<Mutant, string> {
  const planted = new Map<Mutant, string>();
  const stale: string[] = [];
  for (const mutant of mutants) {
    try {
      planted.set(mutant, plant(mutant, readFileSync(path.join(library, mutant.file), 'utf8')));
    } catch (error) {
      stale.push((error as Error).message);
    }
  }
  if (stale.length > 0) throw new Error(stale.join('\n\n'));
  return planted;
}

/**
 * Runs the library's unit tests on a copy of it, named `name`, in which `file` has the text `text`;
 * on a plain copy without these.
 */
export async function tryOn(
  { library, scratch, signal }: Hunt,
  name: string,
  change?: { readonly file: string; readonly text: string },
): Promise<Verdict> {
  const copy = path.join(scratch, name);
  mkdirSync(copy, { recursive: true });
  for (const part of ['src', 'test']) {
    if (!existsSync(path.join(library, part))) continue;
    cpSync(path.join(library, part), path.join(copy, part), { recursive: true, force: true });
  }
  if (change !== undefined) writeFileSync(path.join(copy, change.file), change.text);
  const startedAt = performance.now();
  const caughtBy = await failureIn(copy, signal);
  return { caughtBy, seconds: (performance.now() - startedAt) / 1_000 };
}

async function failureIn(copy: string, signal: AbortSignal): Promise<string | undefined> {
  const config = path.join(copy, 'jest.config.json');
  const failure = path.join(copy, 'failure.txt');
  const unit = jestConfig.projects.find(({ displayName }) => displayName === 'unit');
  const places = { rootDir: copy, roots: [copy], cacheDirectory: path.join(copy, '.cache') };
  const reporters = [[FIRST_FAILURE, { file: failure }]];
  writeFileSync(config, JSON.stringify({ ...unit, ...places, reporters }));
  // In band: a worker that hangs would outlive its parent.
  const jest = startJest(['--config', config, '--runInBand'], process.env, 'ignore');
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const end = AbortSignal.any([signal, patience]);
  const kill = (): boolean => jest.kill('SIGKILL');
  end.addEventListener('abort', kill, { once: true });
  const [code] = (await once(jest, 'exit')) as [number | null];
  end.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (patience.aborted) return `a hang of ${PATIENCE_MS / 1_000} s`;
  if (existsSync(failure)) return readFileSync(failure, 'utf8');
  return code === 0 ? undefined : `the end of Jest (code ${code})`;
}
