import { readdir, readFile } from 'node:fs/promises';
import { logTasks } from '#broker';
import type { Logger } from '#runtime';
import { Supervisor, type Task, type TaskContext } from '#supervisor';

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

/** What a reading may take on a busy machine when the service stops. */
const CLOSE_TIMEOUT_MS = 1_000;

/** The processes of this machine. Reading them all is dear, so only one reading runs at a time. */
export class ProcessTable {
  readonly supervisor: Supervisor;
  /** The reading that has not begun: whoever asks meanwhile shares it. */
  private next: Task<readonly ProcessEntry[]> | undefined;

  constructor(private readonly log: Pick<Logger, 'warn'>) {
    this.supervisor = new Supervisor({
      name: 'process table',
      limit: 1,
      pendingLimit: 1,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      ...logTasks(log, 'process table'),
    });
  }

  /**
   * All processes, as they are after the call was made; nothing when the system does not say, or
   * after `supervisor.close()`. Many calls at once share one reading, so that ending 500 programs does
   * not read the table 500 times.
   */
  async read(): Promise<readonly ProcessEntry[] | undefined> {
    const task =
      this.next ?? this.supervisor.trySpawn('read /proc', (context) => this.begin(context));
    if (typeof task === 'string') return undefined;
    this.next = task;
    const outcome = await task.outcome;
    if (outcome.status === 'succeeded') return outcome.value;
    const err = outcome.status === 'failed' ? outcome.error : outcome.reason;
    this.log.warn({ err }, 'the processes of this machine could not be listed');
    return undefined;
  }

  private async begin(context: TaskContext): Promise<readonly ProcessEntry[]> {
    await context.checkpoint();
    this.next = undefined;
    return readAll();
  }
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
