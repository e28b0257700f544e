import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Keeper, RunningProcess } from '../keeper/keeper.ts';
import { identify } from '../keeper/process-identity.ts';
import { readyWithin } from './answering.ts';
import { createDatabase } from './database.ts';
import { freePort } from './free-port.ts';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { putAside } from './log-file.ts';
import { passwordOf } from './password.ts';
import { Server } from './server.ts';
import { giveToUnprivileged, unprivileged, type Unprivileged } from './unprivileged.ts';

const exec = promisify(execFile);

const USER = 'signalbox';

/** What a killed server's last processes may take to notice and let go of its memory. */
const LET_GO_MS = 5_000;
const READY_WITHIN_MS = 120_000;

export interface PostgresOptions {
  readonly keeper: Keeper;
  /** The data folder's parent; kept between starts. */
  readonly dir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Databases to create if they are not there; `url` names the first. Default: `postgres`. */
  readonly databases?: readonly string[];
}

/**
 * Starts a private PostgreSQL on 127.0.0.1 that ends with the keeper; makes its data folder the
 * first time. Durable (`fsync` stays on), modest in memory; `url` holds its superuser. Works as root
 * too: the server then runs as `nobody`, without a new system user. Throws with the server's last
 * lines when it does not come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<Server> {
  const { dir, databases = [] } = options;
  const port = options.port ?? (await freePort());
  const binaries = await postgresBinaries();
  const data = path.join(dir, 'data');
  mkdirSync(dir, { recursive: true });
  putAside(logOf(dir));
  const user = unprivileged([binaries.postgres, data]);
  if (!existsSync(data)) await initialise(dir, data, binaries, user);
  checkVersion(data, binaries);
  const credentials = `${USER}:${passwordOf(dir)}`;
  const url = (database: string) => `postgres://${credentials}@127.0.0.1:${port}/${database}`;
  const server = new Server('postgres', url(databases[0] ?? 'postgres'), () =>
    launch(options.keeper, dir, data, port, binaries, user),
  );
  await server.start();
  for (const database of databases) await createDatabase(url('postgres'), database);
  return server;
}

function logOf(dir: string): string {
  return path.join(dir, 'postgres.log');
}

/** Made aside and moved into place, so that a half-made folder is never taken for a whole one. */
async function initialise(
  dir: string,
  data: string,
  binaries: PostgresBinaries,
  { prefix, uid, gid }: Unprivileged,
): Promise<void> {
  const making = path.join(dir, 'data.making');
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { mode: 0o700 });
  giveToUnprivileged(making);
  const locale = '--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 --encoding=UTF8';
  const password = `${making}.password`;
  const who = `--username=${USER} --auth=scram-sha-256 --pwfile`;
  const options = `--no-instructions ${locale} ${who}`.split(' ');
  const commandLine = [...prefix, binaries.initdb, '-D', making, ...options, password];
  const [command = '', ...args] = commandLine;
  try {
    writeFileSync(password, passwordOf(dir), { mode: 0o600 });
    giveToUnprivileged(password);
    await exec(command, args, { cwd: '/', uid, gid, env: environment() });
    renameSync(making, data);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    throw new Error(`PostgreSQL's data folder ${data} could not be made.`, { cause: error });
  } finally {
    rmSync(password, { force: true });
  }
}

function checkVersion(data: string, binaries: PostgresBinaries): void {
  const madeBy = readFileSync(path.join(data, 'PG_VERSION'), 'utf8').trim();
  if (madeBy === binaries.majorVersion) return;
  throw new Error(
    `${data} was made by PostgreSQL ${madeBy}, and this is ${binaries.majorVersion}. ` +
      'Delete that folder to begin with an empty record.',
  );
}

async function launch(
  keeper: Keeper,
  dir: string,
  data: string,
  port: number,
  binaries: PostgresBinaries,
  { prefix, uid, gid }: Unprivileged,
): Promise<RunningProcess> {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '64MB',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command = '', ...args] = [...prefix, binaries.postgres, '-D', data, ...options];
  removeStaleLock(data);
  const deadline = Date.now() + LET_GO_MS;
  for (;;) {
    const server = await keeper.spawn({
      name: 'postgres',
      role: 'server',
      command,
      args,
      cwd: '/',
      env: environment(),
      uid,
      gid,
      logFile: logOf(dir),
      readyText: 'database system is ready to accept connections',
      stopSignal: 'SIGINT', // "fast": ends the sessions, writes a checkpoint
    });
    try {
      await readyWithin(server, READY_WITHIN_MS);
      return server;
    } catch (error) {
      const stillHeld = (error as Error).message.includes('shared memory block');
      if (!stillHeld || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

/**
 * PostgreSQL takes any process with the pid in its lock file for itself: a later one that got the
 * pid, or its own remains that nobody has collected yet (a container without an init process).
 */
function removeStaleLock(data: string): void {
  const lock = path.join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (identify(pid) === undefined || worksElsewhere(pid, data)) rmSync(lock);
}

function worksElsewhere(pid: number, data: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) !== realpathSync(data);
  } catch {
    return false; // not to be known here: let PostgreSQL decide
  }
}

function environment(): Record<string, string> {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}
