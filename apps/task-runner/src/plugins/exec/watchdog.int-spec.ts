import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { sleep } from '#supervisor';
import { MARK_VARIABLE } from './process-table.js';
import { Watchdog } from './watchdog.js';

const log = { warn: () => {}, error: () => {} };
const started: ChildProcess[] = [];

afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(-Number(pid), 'SIGKILL');
    } catch {
      // ended already
    }
  }
});

/** A process in a group of its own that ends only by SIGKILL, with a mark. */
function stubborn(mark: string): ChildProcess & { pid: number } {
  const child = spawn('sh', ['-c', `trap '' TERM; sleep 300; sleep 300`], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, [MARK_VARIABLE]: mark },
  });
  started.push(child);
  return child as ChildProcess & { pid: number };
}

async function endOf(child: ChildProcess): Promise<NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode;
}

describe('the watchdog', () => {
  it('ends what was watched when the pipe to it closes, and nothing else', async () => {
    const watchdog = new Watchdog(log);
    const [byMark, byGroup, forgotten, stranger] = ['m1', 'm2', 'm3', 'm4'].map(stubborn);
    watchdog.watch(`${MARK_VARIABLE}=m1`);
    watchdog.watch(String(byGroup?.pid));
    watchdog.watch(String(forgotten?.pid));
    watchdog.watch(`${MARK_VARIABLE}=m3`);
    watchdog.forget(String(forgotten?.pid));
    watchdog.forget(`${MARK_VARIABLE}=m3`);
    watchdog.close();
    expect(await endOf(byMark!)).toBe('SIGKILL');
    expect(await endOf(byGroup!)).toBe('SIGKILL');
    await sleep(1_200); // its last round
    expect([forgotten?.signalCode, stranger?.signalCode]).toEqual([null, null]);
  }, 15_000);

  it('is replaced when somebody kills it, and still knows what to watch', async () => {
    const warnings: string[] = [];
    const watchdog = new Watchdog({ ...log, warn: (_facts, message) => warnings.push(message) });
    const child = stubborn('m5');
    watchdog.watch(String(child.pid));
    const first = watchdog['child'];
    first?.kill('SIGKILL');
    while (warnings.length === 0) await sleep(5);
    watchdog.close();
    expect(await endOf(child)).toBe('SIGKILL');
  }, 15_000);

  it('ends at once when nothing is watched, and begins anew with the next', async () => {
    const watchdog = new Watchdog(log);
    watchdog.watch('A=1');
    watchdog.forget('A=1');
    const first = watchdog['child'];
    watchdog.close();
    await once(first!, 'exit');
    const child = stubborn('m6');
    watchdog.watch(String(child.pid));
    watchdog.close();
    expect(await endOf(child)).toBe('SIGKILL');
  }, 15_000);
});
