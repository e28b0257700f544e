import { execFileSync } from 'node:child_process';
import { hasEnded, isRunning, marked, send } from './process-identity.ts';
import { ENDING_ORDER } from './protocol.ts';
import {
  deleteLeavings,
  readState,
  removeState,
  stateFiles,
  type KeptEntry,
} from './state-file.ts';

const STOP_TIMEOUT_MS = 5_000;
const KILL_TIMEOUT_MS = 5_000;

/**
 * Ends what a dead keeper left behind, in order, and forgets it. For the launcher whose keeper was
 * killed, and for the next start after launcher and keeper were killed together. Does nothing
 * while that keeper lives.
 */
export async function endRemains(stateFile: string): Promise<void> {
  const state = readState(stateFile);
  if (state === undefined) return removeState(stateFile);
  if (isRunning(state.keeper)) return;
  for (const role of ENDING_ORDER) {
    const entries = state.processes.filter((entry) => entry.role === role);
    await Promise.all(entries.map(endEntry));
  }
  await killMarked(state.id);
  deleteLeavings(state.leavings);
  removeState(stateFile);
}

/** `endRemains` for every keeper that ever wrote into this folder and is dead. */
export async function endAllRemains(folder: string): Promise<void> {
  await Promise.all(stateFiles(folder).map(endRemains));
}

/** Kills whatever still carries the keeper's mark, however it got away from its parent. */
export async function killMarked(keeperId: string): Promise<void> {
  const strays = marked(keeperId).filter(({ pid }) => pid !== process.pid);
  for (const stray of strays) send(stray, 'SIGKILL');
  await Promise.all(strays.map((stray) => hasEnded(stray, KILL_TIMEOUT_MS)));
}

async function endEntry(entry: KeptEntry): Promise<void> {
  send(entry, entry.stopSignal ?? 'SIGTERM');
  if (!(await hasEnded(entry, Math.min(entry.stopTimeoutMs ?? Infinity, STOP_TIMEOUT_MS)))) {
    send(entry, 'SIGKILL', { group: true });
    await hasEnded(entry, KILL_TIMEOUT_MS);
  }
  runAfterwards(entry);
}

/** Runs what a process asked to be run once it has ended; a failure has nobody to tell. */
export function runAfterwards({ afterwards }: Pick<KeptEntry, 'afterwards'>): void {
  if (afterwards === undefined) return;
  try {
    execFileSync(afterwards.command, afterwards.args, { stdio: 'ignore', timeout: 10_000 });
  } catch {
    // The container is gone already: that is what was wanted.
  }
}
