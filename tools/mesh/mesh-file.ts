import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Keeper } from '../keeper/keeper.ts';
import { hasEnded, identify, isRunning } from '../keeper/process-identity.ts';
import type { ProcessIdentity } from '../keeper/protocol.ts';

/** How long the servers of a killed launcher may take to end before its place is taken. */
const OLD_KEEPER_ENDS_WITHIN_MS = 60_000;

/** The addresses hold passwords. */
const OWNER_ONLY = 0o600;

/** A service as other programs find it. */
export interface ServiceEntry {
  readonly name: string;
  readonly processId: string;
  readonly pid: number;
  readonly adminUrl: string;
}

/** What `mesh.json` says while a mesh runs; the addresses come once its servers are up. */
export interface MeshFile {
  readonly launcherPid: number;
  readonly launcher: ProcessIdentity;
  readonly keeper: ProcessIdentity;
  readonly amqpUrl?: string;
  readonly managementUrl?: string | undefined;
  readonly databaseUrl?: string;
  readonly searchUrl?: string;
  readonly services: readonly ServiceEntry[];
}

/** Another mesh uses the folder. */
export class MeshRunningError extends Error {
  constructor(file: string, { launcherPid, services }: MeshFile) {
    const where = services.map(({ name, adminUrl }) => `\n  ${name.padEnd(12)} ${adminUrl}`);
    super(
      `A mesh runs already (${file}), started by process ${launcherPid}.${where.join('')}\n` +
        `Use that one, or stop it with Ctrl-C in its terminal or \`kill ${launcherPid}\`.`,
    );
    this.name = 'MeshRunningError';
  }
}

/**
 * Takes the folder for this process's mesh; waits for the servers of a killed launcher to end.
 * Throws a `MeshRunningError` while another launcher has it.
 */
export async function claim(file: string, keeper: Keeper): Promise<MeshFile> {
  mkdirSync(path.dirname(file), { recursive: true });
  const launcher = identify(process.pid)!;
  const mine = { launcherPid: process.pid, launcher, keeper: keeper.identity, services: [] };
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify(mine), { flag: 'wx', mode: OWNER_ONLY });
      await keeper.deleteAtEnd(file);
      return mine;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      await makeWay(file);
    }
  }
}

/** Replaces what the file says in one step. */
export function write(file: string, mesh: MeshFile): void {
  const next = `${file}.next`;
  writeFileSync(next, `${JSON.stringify(mesh, null, 2)}\n`, { mode: OWNER_ONLY });
  renameSync(next, file);
}

/** No mesh runs any more; no error when the file is gone. */
export function remove(file: string): void {
  rmSync(file, { force: true });
}

async function makeWay(file: string): Promise<void> {
  const other = read(file);
  if (other !== undefined && isRunning(other.launcher)) throw new MeshRunningError(file, other);
  if (other !== undefined && !(await hasEnded(other.keeper, OLD_KEEPER_ENDS_WITHIN_MS))) {
    throw new Error(
      `The servers of an earlier mesh do not end (${file}, keeper process ${other.keeper.pid}).`,
    );
  }
  remove(file);
}

function read(file: string): MeshFile | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as MeshFile;
  } catch {
    return undefined;
  }
}
