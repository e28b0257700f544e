import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProcessIdentity, ProcessSpec } from './protocol.ts';

/** A running process as its keeper wrote it down: enough for a stranger to end it. */
export type KeptEntry = ProcessIdentity &
  Pick<ProcessSpec, 'name' | 'role' | 'stopSignal' | 'stopTimeoutMs' | 'afterwards'>;

/** What one keeper has running, kept on disk for the day the keeper itself is killed. */
export interface KeeperState {
  readonly id: string;
  readonly keeper: ProcessIdentity;
  /** Files and folders to delete once everything has ended. */
  readonly leavings: readonly string[];
  readonly processes: readonly KeptEntry[];
}

/** Replaces the file in one step, so that a reader never sees half of it. */
export function writeState(file: string, state: KeeperState): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const next = `${file}.next`;
  writeFileSync(next, JSON.stringify(state, null, 2));
  renameSync(next, file);
}

/** The state in a file; undefined when it is gone or was never finished. */
export function readState(file: string): KeeperState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as KeeperState;
  } catch {
    return undefined;
  }
}

/** Every state file in the folder, by full path; empty when there is no such folder. */
export function stateFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.keeper.json'))
      .map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

/** Removes a state file; no error when it is gone. */
export function removeState(file: string): void {
  rmSync(file, { force: true });
}

/** Deletes what nobody needs once everything has ended; no error for what is gone. */
export function deleteLeavings(leavings: readonly string[]): void {
  for (const one of leavings) rmSync(one, { recursive: true, force: true, maxRetries: 5 });
}
