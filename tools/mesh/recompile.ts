import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { diesWithParent } from '../keeper/parent-death.ts';
import { ROOT } from '../setup/places.js';

const COMPILED = 'Found 0 errors.';

/** Compiles the sources whenever they change; calls back after each time but the first without an error. */
export function recompileOnChange(signal: AbortSignal, onCompiled: () => void): void {
  // What stands in dist/ from now on is not what the set-up compiled.
  rmSync(path.join(ROOT, 'dist', '.built-from'), { force: true });
  const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const [command = '', ...args] = diesWithParent([
    process.execPath,
    compiler,
    ...'-p tsconfig.build.json --watch --preserveWatchOutput'.split(' '),
  ]);
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  signal.addEventListener('abort', () => child.kill(), { once: true });
  let isFirst = true;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.trim() !== '') console.log(line);
    if (!line.includes(COMPILED)) return;
    if (!isFirst) onCompiled();
    isFirst = false;
  });
}
