import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './places.js';

/** @import { Socket } from 'node:net' */

/**
 * The lock is a socket that listens: the kernel lets go of it when its process dies, in whatever
 * way. On Linux it has no file either (unix(7), "abstract").
 */
const KEY = createHash('sha256').update(ROOT).digest('hex').slice(0, 32);
const SOCKET =
  process.platform === 'linux'
    ? `\0signalbox-set-up-${KEY}`
    : path.join(tmpdir(), `signalbox-set-up-${KEY}.sock`);

/**
 * Runs `work` while no other set-up of this repository runs; waits for the other as long as its
 * process lives.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(work) {
  let lock = await take();
  if (lock === undefined) console.error('waiting for another set-up of this repository …');
  while (lock === undefined) {
    await holderGone();
    lock = await take();
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/**
 * @returns {Promise<{ release(): void } | undefined>} undefined while another has it
 */
function take() {
  /** @type {Set<Socket>} */
  const waiting = new Set();
  // Whoever connects is told by the end of the connection that it is their turn to try.
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on('error', () => {}).once('close', () => waiting.delete(socket));
  });
  function release() {
    server.close();
    for (const socket of waiting) socket.destroy();
  }
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(SOCKET, () => resolve({ release }));
  });
}

/** @returns {Promise<void>} */
function holderGone() {
  return new Promise((resolve) => {
    const socket = connect(SOCKET);
    socket.once('error', () => {
      // Nobody listens: a file that a dead process left.
      if (process.platform !== 'linux') rmSync(SOCKET, { force: true });
    });
    socket.once('close', () => resolve());
  });
}
