import { readFileSync } from 'node:fs';
import { identify, isRunning } from './keeper/process-identity.ts';

const LOOK_EVERY_MS = 500;

/**
 * Calls back when the npm that runs this script is gone: it passes signals on, but cannot when it
 * is killed itself. Does nothing for a process that npm did not start.
 */
export function whenNpmIsKilled(callback: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = identify(npmPid());
  const timer = setInterval(() => {
    if (npm !== undefined && isRunning(npm)) return;
    clearInterval(timer);
    callback();
  }, LOOK_EVERY_MS).unref();
}

/** npm runs scripts in a shell, which may have become the script or may wait for it. */
function npmPid(): number {
  const parent = process.ppid;
  try {
    const [, command = '', grandparent] =
      /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${parent}/stat`, 'utf8')) ?? [];
    return /^(sh|dash|bash|ash|zsh)$/.test(command) ? Number(grandparent) : parent;
  } catch {
    return parent; // no /proc: a shell that waits hides its npm
  }
}
