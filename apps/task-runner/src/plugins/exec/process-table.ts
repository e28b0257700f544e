import { readdir, readFile } from 'node:fs/promises';

/** The environment variable that every process of an attempt inherits; its value is the attempt's alone. */
export const MARK_VARIABLE = 'SIGNALBOX_MARK';

/** One process that lives: zombies, which do nothing any more, are not listed. */
export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  /** The value of MARK_VARIABLE; missing also when the process belongs to somebody else. */
  readonly mark: string | undefined;
}

/** Whether this system tells what runs: only Linux does, in /proc. */
export const hasProcessTable = process.platform === 'linux';

let running: Promise<unknown> = Promise.resolve();
let next: Promise<readonly ProcessEntry[]> | undefined;

/**
 * All processes of this machine, as they are after the call was made. Many calls at once share one
 * reading, so that ending 500 programs does not read the table 500 times.
 */
export function readProcessTable(): Promise<readonly ProcessEntry[]> {
  next ??= running.then(() => {
    next = undefined;
    const reading = readAll();
    running = reading.catch(() => {});
    return reading;
  });
  return next;
}

async function readAll(): Promise<readonly ProcessEntry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const entries = await Promise.all(pids.map(readEntry));
  return entries.filter((entry) => entry !== undefined);
}

/** proc_pid_stat(5): `pid (name) state ppid pgrp …`; the name may hold spaces and brackets. */
async function readEntry(pid: number): Promise<ProcessEntry | undefined> {
  const [stat, environ] = await Promise.all([readProc(pid, 'stat'), readProc(pid, 'environ')]);
  const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (group === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, group: Number(group), mark: markIn(environ) };
}

function markIn(environ: string): string | undefined {
  const prefix = `${MARK_VARIABLE}=`;
  const variable = environ.split('\0').find((entry) => entry.startsWith(prefix));
  return variable?.slice(prefix.length);
}

/** Empty when the process is gone by now, or is not ours to read. */
async function readProc(pid: number, file: 'environ' | 'stat'): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
