import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { WORK } from './places.js';

const FILE = path.join(WORK, 'setup.lock');
const LOOK_EVERY_MS = 200;
const TOLD_AFTER_MS = 2_000;

/**
 * Runs `work` while no other set-up of this repository runs; waits for the other as long as its
 * process lives.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(work) {
  mkdirSync(WORK, { recursive: true });
  let waitedMs = 0;
  while (!take()) {
    if (!holderLives()) {
      rmSync(FILE, { force: true });
      continue;
    }
    if (waitedMs === TOLD_AFTER_MS)
      console.error('waiting for another set-up of this repository …');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    waitedMs += LOOK_EVERY_MS;
  }
  // A set-up that is interrupted would otherwise leave the file to a later process with its pid.
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take() {
  try {
    writeFileSync(FILE, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

function release() {
  rmSync(FILE, { force: true });
}

function holderLives() {
  try {
    const pid = Number(readFileSync(FILE, 'utf8'));
    // An empty file is one that its holder has created and not yet written.
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
