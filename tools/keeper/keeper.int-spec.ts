import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Keeper, type RunningProcess } from './keeper.ts';
import { hasEnded, identify, isRunning, marked } from './process-identity.ts';
import type { ProcessIdentity, ProcessSpec } from './protocol.ts';
import { readState, stateFiles } from './state-file.ts';

const ENDS_WITHIN_MS = 10_000;

/** Says "up", starts a child that left its process group, and waits. */
const LASTING = 'setsid sleep 600 & echo up; while :; do sleep 0.05; done';

let folder: string;

function shell(script: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name: 'test',
    role: 'service',
    command: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin' },
    logFile: path.join(folder, 'test.log'),
    readyText: 'up',
    ...more,
  };
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'signalbox-keeper-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('what a keeper runs', () => {
  let keeper: Keeper;

  beforeEach(async () => {
    keeper = await Keeper.start(folder);
  });

  afterEach(() => keeper.stop({ hurry: true }));

  it('is ready when its output shows the text', async () => {
    const process = await keeper.spawn(shell(LASTING));
    await process.ready;
    expect(isRunning(process)).toBe(true);
  });

  it('is not ready when it ends first, and says its last lines', async () => {
    const process = await keeper.spawn(shell('echo the reason; exit 3'));
    await expect(process.ready).rejects.toThrow(/exit code 3[^]*the reason/);
    await expect(process.ended).resolves.toEqual({ code: 3, signal: null });
  });

  it('is refused when the command does not exist', async () => {
    await expect(keeper.spawn({ ...shell(''), cwd: '/nonexistent' })).rejects.toThrow(
      'could not be started',
    );
  });

  it('is asked to end, and killed with its group when it does not', async () => {
    const polite = await keeper.spawn(shell('trap "exit 7" TERM; echo up; sleep 600 & wait'));
    const deaf = await keeper.spawn(
      shell('trap "" TERM; echo up; while :; do sleep 0.05; done', { stopTimeoutMs: 100 }),
    );
    await Promise.all([polite.ready, deaf.ready]);
    await Promise.all([polite.stop(), deaf.stop()]);
    await expect(polite.ended).resolves.toEqual({ code: 7, signal: null });
    await expect(deaf.ended).resolves.toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('ends in order: services, servers, helpers', async () => {
    const ended: string[] = [];
    for (const role of ['helper', 'server', 'service'] as const) {
      const process = await keeper.spawn(shell(LASTING, { role }));
      await process.ready;
      void process.ended.then(() => ended.push(role));
    }
    await keeper.stop();
    expect(ended).toEqual(['service', 'server', 'helper']);
  });
});

describe('when somebody is killed', () => {
  /** A launcher in a process of its own, with one process that has a stray child. */
  async function startLauncher(): Promise<{ launcher: ChildProcess; running: RunningProcess }> {
    const script = path.join(folder, 'launcher.ts');
    const keeperFile = path.join(import.meta.dirname, 'keeper.ts');
    writeFileSync(
      script,
      `const { Keeper } = await import(${JSON.stringify(keeperFile)});
       const keeper = await Keeper.start(${JSON.stringify(folder)});
       const running = await keeper.spawn(${JSON.stringify(shell(LASTING))});
       await running.ready;
       process.send(running);
       void keeper.lost.then(() => process.send('lost'));`,
    );
    const launcher = fork(script, { execArgv: [] });
    const [running] = (await once(launcher, 'message')) as [RunningProcess];
    return { launcher, running };
  }

  /** The keeper and everything it started, strays included. */
  function family(): { keeper: ProcessIdentity; all: ProcessIdentity[] } {
    const state = readState(stateFiles(folder)[0]!)!;
    return { keeper: state.keeper, all: [state.keeper, ...marked(state.id)] };
  }

  async function expectAllEnded(identities: readonly ProcessIdentity[]): Promise<void> {
    const ended = await Promise.all(identities.map((one) => hasEnded(one, ENDS_WITHIN_MS)));
    expect(ended).not.toContain(false);
  }

  it('nothing is left when it is the launcher', async () => {
    const { launcher } = await startLauncher();
    const { all } = family();
    expect(all.length).toBeGreaterThanOrEqual(3);
    launcher.kill('SIGKILL');
    await expectAllEnded(all);
    expect(stateFiles(folder)).toEqual([]);
  });

  it('the launcher ends what the keeper left, and learns of it', async () => {
    const { launcher } = await startLauncher();
    const { keeper, all } = family();
    process.kill(keeper.pid, 'SIGKILL');
    expect(await once(launcher, 'message')).toEqual(['lost', undefined]);
    expect(all.filter(isRunning)).toEqual([]);
    launcher.kill('SIGKILL');
  });

  it('the next start ends what both left', async () => {
    const { launcher, running } = await startLauncher();
    const { keeper, all } = family();
    process.kill(launcher.pid!, 'SIGKILL');
    process.kill(keeper.pid, 'SIGKILL');
    await hasEnded(keeper, ENDS_WITHIN_MS);
    await (await Keeper.start(folder)).stop();
    expect(isRunning(running)).toBe(false);
    await expectAllEnded(all);
    expect(stateFiles(folder)).toEqual([]);
  });
});

describe('a process identity', () => {
  it('is not that of a later process with the same pid', () => {
    const self = identify(process.pid)!;
    expect(isRunning(self)).toBe(true);
    expect(isRunning({ ...self, startTime: '1' })).toBe(false);
  });
});
