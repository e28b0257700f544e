import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { hasDebianPackages, replaceInTextFiles, unpackDebianPackage } from './debian-packages.js';
import { dockerAnswers, pullImage } from './docker.js';
import { findProgram, isExecutable } from './find-program.js';
import { WORK } from './places.js';

/** @import { RabbitMqFiles, RabbitMqPlace } from './places.js' */

/** Quorum queues with what Signalbox asks of them. */
const OLDEST = { major: 3, minor: 10 };
const IMAGE = 'rabbitmq:4-management';
const UNPACKED = path.join(WORK, 'rabbitmq');

/**
 * A RabbitMQ to run as a private node: one that is installed, else Debian's packages unpacked
 * under `.signalbox/`, else a Docker image. Throws with what to do when none can be had.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<RabbitMqPlace>}
 */
export async function provideRabbitMq(say) {
  const installed = installedRabbitMq();
  if (installed !== undefined) return installed;
  const tried = ['no RabbitMQ of version 3.10 or later is installed (rabbitmq-server with erl)'];
  if (hasDebianPackages()) {
    try {
      return await unpackedRabbitMq(say);
    } catch (error) {
      tried.push(`Debian's packages: ${/** @type {Error} */ (error).message}`);
    }
  } else {
    tried.push('this machine has no apt-get to get Debian packages with');
  }
  if (await dockerAnswers()) {
    say(`RabbitMQ: Docker image ${IMAGE}`);
    await pullImage(IMAGE);
    return { kind: 'docker', image: IMAGE };
  }
  tried.push('no Docker engine answers (`docker info`)');
  throw new Error(
    `Signalbox needs RabbitMQ, and found no way to have one:\n` +
      `${tried.map((line) => `  - ${line}`).join('\n')}\n${whatToDo()}`,
  );
}

function whatToDo() {
  const install =
    process.platform === 'darwin' ? 'install it with `brew install rabbitmq`' : 'install it';
  return (
    `Then either ${install}, or start Docker, or give the address of a running RabbitMQ:\n` +
    '  AMQP_URL=amqp://user:password@host:5672/vhost npm start'
  );
}

/**
 * True while what an earlier run found can still be started from here.
 *
 * @param {RabbitMqPlace | undefined} place
 */
export function isUsable(place) {
  if (place === undefined) return false;
  if (place.kind === 'docker') return true;
  return existsSync(place.epmd) && existsSync(path.join(place.sbin, 'rabbitmq-server'));
}

/** @returns {RabbitMqFiles | undefined} */
function installedRabbitMq() {
  const erl = findProgram('erl');
  const wrapper = findProgram('rabbitmq-server');
  if (erl === undefined || wrapper === undefined) return undefined;
  // Debian's /usr/sbin/rabbitmq-server insists on the user `rabbitmq`; the script behind it does not.
  const folders = [path.dirname(wrapper), ...sbinFolders('/usr/lib/rabbitmq/lib')];
  const sbin = folders.find((folder) => versionOf(folder) !== undefined);
  const version = sbin && versionOf(sbin);
  const epmd = epmdOf(path.resolve(path.dirname(erl), '..')) ?? findProgram('epmd');
  if (sbin === undefined || version === undefined || epmd === undefined) return undefined;
  const erlangBin = path.dirname(erl);
  return { kind: 'files', version, sbin, erlangBin, epmd, libraries: [] };
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<RabbitMqFiles>}
 */
async function unpackedRabbitMq(say) {
  const madeFor = path.join(UNPACKED, 'made-for');
  // Erlang's scripts hold their own absolute path: a folder that was moved is of no use.
  if (!existsSync(madeFor) || readFileSync(madeFor, 'utf8') !== UNPACKED) {
    say("RabbitMQ: downloading Debian's packages (35 MB; nothing is installed on the system) …");
    const making = `${UNPACKED}.making`;
    // What an interrupted set-up left: there is only one at a time.
    rmSync(making, { recursive: true, force: true });
    try {
      mkdirSync(making, { recursive: true });
      await unpackDebianPackage('rabbitmq-server', /^(erlang-|rabbitmq-server$)/, making);
      adaptErlang(making);
      writeFileSync(path.join(making, 'made-for'), UNPACKED);
      rmSync(path.join(making, 'packages'), { recursive: true });
      rmSync(UNPACKED, { recursive: true, force: true });
      renameSync(making, UNPACKED);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
  const erlang = path.join(UNPACKED, 'usr', 'lib', 'erlang');
  const [sbin] = sbinFolders(path.join(UNPACKED, 'usr', 'lib', 'rabbitmq', 'lib'));
  const version = sbin && versionOf(sbin);
  const epmd = epmdOf(erlang);
  if (sbin === undefined || version === undefined || epmd === undefined) {
    throw new Error(`unpacked into ${UNPACKED}, but no RabbitMQ of version 3.10 or later is there`);
  }
  const libraries = ['lib', 'usr/lib']
    .map((folder) => path.join(UNPACKED, folder, `${machine()}-linux-gnu`))
    .filter((folder) => existsSync(folder));
  return { kind: 'files', version, sbin, erlangBin: path.join(erlang, 'bin'), epmd, libraries };
}

/** @param {string} root */
function adaptErlang(root) {
  const here = path.join(root, 'usr', 'lib', 'erlang');
  const there = path.join(UNPACKED, 'usr', 'lib', 'erlang');
  for (const folder of [here, ...runtimeFolders(here)]) {
    replaceInTextFiles(path.join(folder, 'bin'), '/usr/lib/erlang', there);
  }
}

/** @param {string} erlang */
function runtimeFolders(erlang) {
  return existsSync(erlang)
    ? readdirSync(erlang)
        .filter((name) => name.startsWith('erts-'))
        .map((name) => path.join(erlang, name))
    : [];
}

/** @param {string} erlang */
function epmdOf(erlang) {
  return [...runtimeFolders(erlang), ...runtimeFolders(path.join(erlang, 'lib', 'erlang'))]
    .map((folder) => path.join(folder, 'bin', 'epmd'))
    .find(isExecutable);
}

/** @param {string} folder */
function sbinFolders(folder) {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.startsWith('rabbitmq_server-'))
        .map((name) => path.join(folder, name, 'sbin'))
    : [];
}

/**
 * The version of the real scripts in this folder, when it is recent enough.
 *
 * @param {string} sbin
 */
function versionOf(sbin) {
  const plugins = path.join(sbin, '..', 'plugins');
  if (!existsSync(path.join(sbin, 'rabbitmq-env')) || !existsSync(plugins)) return undefined;
  const found = readdirSync(plugins)
    .map((name) => /^rabbit-((\d+)\.(\d+)\.\d+)/.exec(name))
    .find((match) => match !== null);
  if (!found) return undefined;
  const [, version, major, minor] = found;
  const recent =
    Number(major) > OLDEST.major ||
    (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor);
  return recent ? version : undefined;
}

function machine() {
  return process.arch === 'arm64' ? 'aarch64' : 'x86_64';
}
