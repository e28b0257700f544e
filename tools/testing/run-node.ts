import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { diesWithParent } from '../keeper/parent-death.ts';
import { ROOT } from '../setup/places.js';

/** How a process ended, and all it wrote. */
export interface Ending {
  /** Null when a signal killed it. */
  readonly exitCode: number | null;
  readonly output: string;
  readonly errorOutput: string;
}

/** What is done about a line of the output while the process runs. */
export type OnLine = (line: string, kill: (signal: NodeJS.Signals) => void) => void;

/**
 * Runs Node from the root of the repository, in a process of its own, to its end. `env` is its whole
 * environment. Rejects when it cannot be started.
 */
export async function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine: OnLine = () => undefined,
): Promise<Ending> {
  const [command = '', ...rest] = diesWithParent([process.execPath, ...args]);
  const child = spawn(command, rest, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errorOutput] = ['', ''];
  createInterface({ input: child.stdout }).on('line', (line) => {
    output += `${line}\n`;
    onLine(line, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errorOutput += text));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, output, errorOutput };
}
