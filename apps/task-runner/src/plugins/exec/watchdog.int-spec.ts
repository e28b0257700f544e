import { afterEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '#runtime';
import { sleep } from '#supervisor';
import { MARK_VARIABLE } from './process-table.js';
import { startToldProcess, type ToldProcess } from './start-process.js';
import { Watchdog } from './watchdog.js';

const started: ToldProcess[] = [];

afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // ended already
    }
  }
});

/** A process in a group of its own that ends only by SIGKILL, with a mark. */
function stubborn(mark: string): ToldProcess {
  const child = startToldProcess({
    file: 'sh',
    args: ['-c', `trap '' TERM; sleep 300; sleep 300`],
    env: { PATH: String(process.env.PATH), [MARK_VARIABLE]: mark },
  });
  started.push(child);
  return child;
}

async function endOf({ exited }: ToldProcess): Promise<NodeJS.Signals | null> {
  const { signal } = await exited;
  return signal;
}

/** The pid of the watchdog, as its task says it. */
function pidOf({ supervisor }: Watchdog): number {
  const [task] = supervisor.inspect().tasks;
  return Number(/^process (\d+) \(watchdog\)$/.exec(task?.name ?? '')?.[1]);
}

describe('the watchdog', () => {
  it('ends what was watched when the pipe to it closes, and nothing else', async () => {
    const watchdog = new Watchdog(silentLog);
    const [byMark, byGroup, forgotten, stranger] = ['m1', 'm2', 'm3', 'm4'].map(stubborn);
    const signals = new Map<string, NodeJS.Signals | null>();
    for (const [name, child] of Object.entries({ forgotten, stranger })) {
      child?.exited.then(
        ({ signal }) => signals.set(name, signal),
        () => {},
      );
    }
    watchdog.watch(`${MARK_VARIABLE}=m1`);
    watchdog.watch(String(byGroup?.pid));
    watchdog.watch(String(forgotten?.pid));
    watchdog.watch(`${MARK_VARIABLE}=m3`);
    watchdog.forget(String(forgotten?.pid));
    watchdog.forget(`${MARK_VARIABLE}=m3`);
    await watchdog.close();
    expect(await endOf(byMark!)).toBe('SIGKILL');
    expect(await endOf(byGroup!)).toBe('SIGKILL');
    expect(signals).toEqual(new Map());
  }, 15_000);

  it('is replaced when somebody kills it, and still knows what to watch', async () => {
    const warnings: string[] = [];
    const warn = (_facts: object | string, message?: string): void => {
      warnings.push(String(message));
    };
    const watchdog = new Watchdog({ warn, error: () => {} });
    const child = stubborn('m5');
    watchdog.watch(String(child.pid));
    process.kill(pidOf(watchdog), 'SIGKILL');
    while (warnings.length === 0) await sleep(5);
    expect(watchdog.trouble()).toBeUndefined();
    await watchdog.close();
    expect(await endOf(child)).toBe('SIGKILL');
  }, 15_000);

  it('ends at once when nothing is watched; then nothing can be', async () => {
    const watchdog = new Watchdog(silentLog);
    watchdog.watch('A=1');
    watchdog.forget('A=1');
    await expect(watchdog.close()).resolves.toBeUndefined();
    expect(watchdog.supervisor.inspect().tasks).toEqual([]);
    expect(() => watchdog.watch('A=1')).toThrow('nothing may be started any more');
  });

  it('says so while there is none', async () => {
    const watchdog = new Watchdog(silentLog);
    await watchdog.supervisor.close();
    expect(watchdog.trouble()).toBeUndefined();
    expect(() => watchdog.watch('A=1')).toThrow('closed');
    expect(watchdog.trouble()).toContain('would outlive a killed task-runner');
  });
});
