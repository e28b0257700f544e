import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from './find-program.js';
import { WORK } from './places.js';
import { retried, run } from './run.js';

/** What Erlang's programs link to. Any other library in the closure serves the installation only. */
const RUNTIME_LIBRARIES =
  /^(libtinfo|libssl|libstdc|libgcc-s|zlib1g|libsystemd|libcap2|libgcrypt|libgpg-error|liblz4|libzstd|liblzma)/;

const OWN_APT = path.join(WORK, 'apt');

/** True on Debian, Ubuntu and their relatives. */
export function hasDebianPackages() {
  return ['apt-get', 'dpkg', 'dpkg-query'].every((name) => findProgram(name) !== undefined);
}

/**
 * Downloads a package with what it needs to run, and unpacks all into `folder`. Nothing on the
 * system changes and no privileges are needed. When the machine's own package lists are missing or
 * too old to download from, fresh ones are fetched into a folder of ours.
 *
 * @param {string} packageName
 * @param {RegExp} wanted the packages of its closure to take even when they are installed
 * @param {string} folder
 */
export async function unpackDebianPackage(packageName, wanted, folder) {
  const files = await download(packageName, wanted, path.join(folder, 'packages'), []).catch(
    async () => {
      await retried(updateOwnLists);
      return retried(() =>
        download(packageName, wanted, path.join(folder, 'packages'), ownLists()),
      );
    },
  );
  for (const file of files) await run('dpkg', ['-x', file, folder]);
  rmSync(OWN_APT, { recursive: true });
}

/**
 * @param {string} packageName
 * @param {RegExp} wanted
 * @param {string} into
 * @param {readonly string[]} options
 */
async function download(packageName, wanted, into, options) {
  const names = await closure(packageName, options);
  const installed = await installedPackages();
  const take = names.filter(
    (name) => wanted.test(name) || (RUNTIME_LIBRARIES.test(name) && !installed.has(name)),
  );
  mkdirSync(into, { recursive: true });
  // Without this, apt as root warns that its own user cannot write here.
  const sandbox = ['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3'];
  await run('apt-get', ['download', ...options, ...sandbox, ...take], { cwd: into });
  return readdirSync(into).map((name) => path.join(into, name));
}

/**
 * The package and everything it needs, as for a machine that has nothing installed.
 *
 * @param {string} packageName
 * @param {readonly string[]} options
 */
async function closure(packageName, options) {
  mkdirSync(OWN_APT, { recursive: true });
  const nothing = path.join(OWN_APT, 'nothing-installed');
  writeFileSync(nothing, '');
  const plan = await run('apt-get', [
    'install',
    '--simulate',
    '--no-install-recommends',
    ...options,
    '-o',
    `Dir::State::status=${nothing}`,
    '-o',
    'Debug::NoLocking=1',
    packageName,
  ]);
  return [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => /** @type {string} */ (match[1]));
}

async function installedPackages() {
  const list = await run('dpkg-query', ['--show', '--showformat=${db:Status-Abbrev} ${Package}\n']);
  return new Set([...list.matchAll(/^ii +(\S+)/gm)].map((match) => match[1]));
}

function ownLists() {
  const lists = path.join(OWN_APT, 'lists');
  const cache = path.join(OWN_APT, 'cache');
  return ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${cache}`];
}

async function updateOwnLists() {
  mkdirSync(path.join(OWN_APT, 'lists', 'partial'), { recursive: true });
  mkdirSync(path.join(OWN_APT, 'cache', 'archives', 'partial'), { recursive: true });
  const settings = ['APT::Sandbox::User=root', 'APT::Update::Error-Mode=any'];
  const update = ['update', ...ownLists(), ...settings.flatMap((one) => ['-o', one])];
  // One unreachable source of many is no reason to give up: what is missing shows at the download.
  const failure = await run('apt-get', update).then(
    () => undefined,
    (error) => /** @type {Error} */ (error),
  );
  const fetched = readdirSync(path.join(OWN_APT, 'lists')).some((name) =>
    name.includes('Packages'),
  );
  if (failure !== undefined && !fetched) throw failure;
}

/**
 * Replaces a path in every text file of a folder (not of its subfolders).
 *
 * @param {string} folder
 * @param {string} from
 * @param {string} to
 */
export function replaceInTextFiles(folder, from, to) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(folder, entry.name);
    const bytes = readFileSync(file);
    if (bytes.includes(0) || !bytes.includes(from)) continue;
    writeFileSync(file, bytes.toString('utf8').replaceAll(from, to));
  }
}
