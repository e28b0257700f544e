import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { unpackDebianPackage } from '../setup/debian-packages.js';
import { findProgram } from '../setup/find-program.js';
import { WORK } from '../setup/places.js';
import { run } from '../setup/run.js';

/** The Debian release that ships RabbitMQ 4. */
const RELEASE = 'trixie';
const ROOT_FOLDER = path.join(WORK, 'rabbitmq4');
const DEBOOTSTRAP = path.join(WORK, 'debootstrap');
const TIMEOUT_MS = 900_000;

/** A RabbitMQ that lives in a root folder of its own; every path but `root` is as seen from inside. */
export interface RabbitMq4Root {
  readonly root: string;
  readonly version: string;
  /** The folder with the real `rabbitmq-server` script. */
  readonly sbin: string;
  readonly erlangBin: string;
  readonly epmd: string;
}

/**
 * The root folder with RabbitMQ 4 from Debian, built by `debootstrap` the first time (a minute or two; nothing
 * on the system changes). Only root may call it. Throws when the machine is no Debian or the packages cannot be had.
 */
export async function rabbitMq4Root(say: (line: string) => void): Promise<RabbitMq4Root> {
  if (!existsSync(ROOT_FOLDER)) await build(say);
  const server = only('/usr/lib/rabbitmq/lib', /^rabbitmq_server-/);
  const runtime = only('/usr/lib/erlang', /^erts-/);
  return {
    root: ROOT_FOLDER,
    version: path.basename(server).replace('rabbitmq_server-', ''),
    sbin: path.join(server, 'sbin'),
    erlangBin: '/usr/lib/erlang/bin',
    epmd: path.join(runtime, 'bin', 'epmd'),
  };
}

/** The one folder in `parent`, a path inside, whose name matches. */
function only(parent: string, name: RegExp): string {
  const found = readdirSync(path.join(ROOT_FOLDER, parent)).find((entry) => name.test(entry));
  if (found !== undefined) return path.join(parent, found);
  throw new Error(`${ROOT_FOLDER} has no ${name} in ${parent}: delete it, to have it built again.`);
}

async function build(say: (line: string) => void): Promise<void> {
  const mirror = debianMirror();
  say(`RabbitMQ 4: building ${ROOT_FOLDER} from ${mirror} (${RELEASE}) …`);
  const { program, env } = await debootstrap();
  const making = `${ROOT_FOLDER}.making`;
  // What an interrupted build left.
  rmSync(making, { recursive: true, force: true });
  const args = ['--variant=minbase', '--include=rabbitmq-server', RELEASE, making, mirror];
  await run(program, args, { env, timeoutMs: TIMEOUT_MS });
  rmSync(path.join(making, 'var', 'cache', 'apt', 'archives'), { recursive: true, force: true });
  renameSync(making, ROOT_FOLDER);
}

/** The machine's own, else Debian's package of it, unpacked beside ours. */
async function debootstrap(): Promise<{ program: string; env: NodeJS.ProcessEnv }> {
  const installed = findProgram('debootstrap');
  if (installed !== undefined) return { program: installed, env: withSbin(process.env) };
  mkdirSync(DEBOOTSTRAP, { recursive: true });
  await unpackDebianPackage('debootstrap', /^debootstrap$/, DEBOOTSTRAP);
  return {
    program: path.join(DEBOOTSTRAP, 'usr', 'sbin', 'debootstrap'),
    env: {
      ...withSbin(process.env),
      DEBOOTSTRAP_DIR: path.join(DEBOOTSTRAP, 'usr', 'share', 'debootstrap'),
    },
  };
}

/** Where this machine gets Debian's own packages from. */
function debianMirror(): string {
  const folder = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...(existsSync(folder) ? readdirSync(folder) : [])]
    .map((file) => path.resolve(folder, file))
    .filter((file) => existsSync(file));
  for (const file of files) {
    const [mirror] = /https?:\/\/\S+\/debian(?=\/?\s)/.exec(withoutComments(file)) ?? [];
    if (mirror !== undefined) return mirror;
  }
  throw new Error(
    'The apt sources of this machine name no Debian mirror: RabbitMQ 4 comes from there.',
  );
}

function withoutComments(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(/^\s*#.*$/gm, '');
}

/** debootstrap calls `chroot` and others by name; who became root by `su` has no folder of theirs in the PATH. */
function withSbin(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PATH: `${env.PATH}:/usr/sbin:/sbin` };
}
