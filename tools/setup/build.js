import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NODE } from './packages.js';
import { ROOT } from './places.js';
import { run } from './run.js';

const DIST = path.join(ROOT, 'dist');
/** The hash of the sources that were compiled. */
const STAMP = path.join(DIST, '.built-from');
const CONFIGURATION = ['package-lock.json', 'tsconfig.base.json', 'tsconfig.build.json'];

/** True when dist/ was made from the sources as they are. */
export function isBuilt() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sourceHash();
}

/**
 * Compiles the sources aside and puts them in place as a whole; on an error dist/ stays as it was.
 *
 * @param {(line: string) => void} say
 */
export async function buildIfStale(say) {
  say('compiling …');
  const hash = sourceHash();
  const making = path.join(ROOT, 'dist.making');
  rmSync(making, { recursive: true, force: true });
  const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', 'tsconfig.build.json', '--noEmitOnError', '--outDir', making];
  try {
    await run(NODE, [compiler, ...options], { cwd: ROOT });
    writeFileSync(path.join(making, path.basename(STAMP)), hash);
    rmSync(DIST, { recursive: true, force: true });
    renameSync(making, DIST);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

function sourceHash() {
  const hash = createHash('sha256');
  for (const file of [...CONFIGURATION, ...sources('apps'), ...sources('libs')]) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(ROOT, file)));
  }
  return hash.digest('hex');
}

/**
 * Every file the compiler may take from `folder`, in a fixed order.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function sources(folder) {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .filter((entry) => !/\.(int-)?spec\.ts$/.test(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
    .filter((file) => file.split(path.sep)[2] === 'src')
    .sort();
}
