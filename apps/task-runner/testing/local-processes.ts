import { readdir, readFile } from 'node:fs/promises';

/** A process of an execution that lives on this machine. */
export interface LocalProcess {
  readonly pid: number;
  readonly target: string;
  readonly attempt: number;
}

/** The processes that `exec` has started for an execution, and those that they have started. */
export async function processesOf(executionId: string): Promise<LocalProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => processOf(pid, executionId)));
  return found.filter((one) => one !== undefined);
}

async function processOf(pid: number, executionId: string): Promise<LocalProcess | undefined> {
  const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const variables = new Map(
    environ.split('\0').map((entry) => entry.split('=', 2) as [string, string]),
  );
  if (variables.get('SIGNALBOX_EXECUTION') !== executionId) return undefined;
  const target = variables.get('SIGNALBOX_TARGET') ?? '';
  return { pid, target, attempt: Number(variables.get('SIGNALBOX_ATTEMPT')) };
}
