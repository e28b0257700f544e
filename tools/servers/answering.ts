import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProcess } from '../keeper/keeper.ts';

const TRY_EVERY_MS = 50;

/**
 * Resolves when `probe` answers true; a probe that throws counts as false. Rejects when the
 * process ends first (with its last lines), or when the time is over, and ends the process then.
 */
export async function answering(
  process: RunningProcess,
  what: string,
  probe: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let ended = false;
  void process.ended.then(() => (ended = true));
  while (!(await probe().catch(() => false))) {
    if (ended) return process.ready; // rejects: it ended before it was ready
    if (Date.now() > deadline) {
      await process.stop();
      throw new Error(`${what} did not answer within ${timeoutMs / 1_000} s.`);
    }
    await sleep(TRY_EVERY_MS);
  }
}

/**
 * Resolves when the process has said that it is ready. Rejects when it ends first, or when the time
 * is over, and ends the process then.
 */
export async function readyWithin(process: RunningProcess, timeoutMs: number): Promise<void> {
  const timer = new AbortController();
  const late = sleep(timeoutMs, true, { signal: timer.signal }).catch(() => false);
  const isLate = await Promise.race([process.ready.then(() => false), late]);
  timer.abort();
  if (!isLate) return process.ready;
  await process.stop();
  throw new Error(`${process.name} was not ready within ${timeoutMs / 1_000} s.`);
}

/** True when something listens on this port of 127.0.0.1. */
export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
