import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from './protocol.ts';

/** The name of the variable that marks everything one keeper started, and their children. */
export const MARK = 'SIGNALBOX_KEEPER';

const LOOK_EVERY_MS = 20;

/** Who has this pid now; undefined when nobody has, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = process.platform === 'linux' ? procStartTime(pid) : psStartTime(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** True while exactly this process (not a later one with its pid) runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/**
 * Sends a signal to exactly this process, or with `group` to the process group it leads.
 * Does nothing when it has ended.
 */
export function send(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  { group = false } = {},
): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(group ? -identity.pid : identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Resolves with true when the process has ended, with false when it still runs after `timeoutMs`. */
export async function hasEnded(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isRunning(identity)) {
    if (Date.now() >= deadline) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}

/**
 * Every process whose environment carries this keeper's mark. Linux only: elsewhere other
 * processes' environments cannot be read, and the answer is empty.
 */
export function marked(keeperId: string): ProcessIdentity[] {
  if (process.platform !== 'linux') return [];
  const wanted = Buffer.from(`${MARK}=${keeperId}\0`);
  const found: ProcessIdentity[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const identity = identify(Number(name));
    if (identity !== undefined && environmentOf(name).includes(wanted)) found.push(identity);
  }
  return found;
}

function environmentOf(pid: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch {
    return Buffer.alloc(0); // ended meanwhile, or another user's
  }
}

function procStartTime(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field, the command in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? undefined : `${fields[19]} after boot ${bootId()}`;
}

let knownBootId: string | undefined;

/** Start times count from the boot: after the next one, the same number is another time. */
function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBootId;
}

function psStartTime(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state = '', ...startTime] = line.split(/\s+/);
    return line === '' || state.startsWith('Z') ? undefined : startTime.join(' ');
  } catch {
    return undefined;
  }
}
