import { existsSync, renameSync } from 'node:fs';

/** Puts the log of an earlier run aside, so that a log is never longer than one run. */
export function putAside(logFile: string): void {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.previous`);
}
