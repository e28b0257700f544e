import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../setup/places.js';
import { run } from '../setup/run.js';

const TSC = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/**
 * Compiles one file of a library's `test` folder, and what it imports, and resolves with its module:
 * such files are no part of `dist`, and Node cannot run them as they are. `dir`, inside the
 * repository, takes the result. Throws with the compiler's words when they do not compile.
 */
export async function importCompiled<T>(library: string, file: string, dir: string): Promise<T> {
  const from = path.join(ROOT, 'libs', library);
  const outDir = path.join(dir, library);
  const config = path.join(dir, `tsconfig.${path.basename(file)}.json`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    config,
    JSON.stringify({
      extends: path.join(ROOT, 'tsconfig.base.json'),
      compilerOptions: { rootDir: from, outDir, noEmitOnError: true },
      files: [path.join(from, file)],
    }),
  );
  await run(process.execPath, [TSC, '-p', config]);
  return (await import(path.join(outDir, file.replace(/\.ts$/, '.js')))) as T;
}
