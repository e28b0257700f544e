import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Deferred, sleep } from '#supervisor';
import { AllowedHosts, silentLog } from '#runtime';
import { Attempts } from '../../../testing/attempts.js';
import { toTarget } from '../../targets/target.js';
import type { PluginContext, PluginResult } from '../plugin.js';
import { checkArguments } from '../plugin-arguments.js';
import { ExecPlugin } from './exec.plugin.js';
import { ProcessTable } from './process-table.js';
import { Programs } from './programs.js';
import { Watchdog } from './watchdog.js';

const watchdog = new Watchdog(silentLog);
const processes = new ProcessTable(silentLog);
const programs = new Programs(processes, watchdog);
const surroundings = { path: '/usr/local/bin:/usr/bin:/bin', home: '/tmp' };
const plugin = new ExecPlugin(surroundings, new AllowedHosts('TARGETS_ALLOWED', []), programs);
const attempts = new Attempts();

afterAll(async () => {
  await attempts.supervisor.close();
  await processes.supervisor.close();
  await watchdog.close();
});

interface Run {
  readonly result: Promise<PluginResult>;
  readonly abort: () => void;
  readonly printed: () => string;
  /** Resolves with the first line that begins with `word`, without it. */
  readonly line: (word: string) => Promise<string>;
}

async function start(
  args: Record<string, unknown>,
  { target = 'deploy@edge-1:22', read = async (_piece: Uint8Array) => {} } = {},
): Promise<Run> {
  let printed = '';
  const checked = await checkArguments(plugin, args);
  const output: PluginContext['output'] = async (chunk, channel) => {
    printed += `${channel === 'stderr' ? 'E:' : ''}${String(chunk)}`;
    await read(Buffer.from(chunk));
  };
  return {
    ...(await attempts.run(plugin, toTarget(target), checked, output)),
    printed: () => printed,
    line: async (word) => {
      for (;;) {
        const found = new RegExp(`^${word}(.*)\n`, 'm').exec(printed);
        if (found) return found[1] ?? '';
        await sleep(5);
      }
    },
  };
}

const shell = (program: string) => ({ program, shell: true });

/** Alive and no zombie. */
async function isAlive(pid: string | number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}

describe('a program', () => {
  it('gets the target as an argument and in its environment, and nothing of ours', async () => {
    process.env.SIGNALBOX_TEST_PASSWORD = 'hunter2';
    const { result, printed } = await start({
      program: 'sh',
      args: ['-c', 'echo "$0 $1"; env', '{target}', 'on {host};rm -rf $HOME'],
      env: { COLOUR: 'green' },
    });
    await expect(result).resolves.toEqual({
      state: 'succeeded',
      exitCode: 0,
      termination: 'proven',
    });
    expect(printed()).toContain('deploy@edge-1:22 on edge-1;rm -rf $HOME\n');
    const names = [...printed().matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(new Set(names)).toEqual(
      new Set([
        'PATH',
        'HOME',
        'LANG',
        'PWD',
        'COLOUR',
        'SIGNALBOX_EXECUTION',
        'SIGNALBOX_TARGET',
        'SIGNALBOX_HOST',
        'SIGNALBOX_ATTEMPT',
        'SIGNALBOX_MARK',
      ]),
    );
    expect(printed()).toContain('SIGNALBOX_ATTEMPT=3\n');
  });

  it('is a command line only when a shell was asked for', async () => {
    const asked = await start(shell('echo "$SIGNALBOX_TARGET" | tr a-z A-Z; echo oops >&2'));
    await asked.result;
    expect(asked.printed()).toContain('DEPLOY@EDGE-1:22\n');
    expect(asked.printed()).toContain('E:oops\n');
    const notAsked = await start({ program: 'echo', args: ['$HOME', '|', 'cat'] });
    await notAsked.result;
    expect(notAsked.printed()).toBe('$HOME | cat\n');
  });

  it('fails by its exit code, or by the signal that somebody else sent', async () => {
    const { result } = await start(shell('exit 3'));
    await expect(result).resolves.toMatchObject({
      state: 'failed',
      code: 'exit-code',
      exitCode: 3,
    });
    const killed = await start(shell('kill -9 $$'));
    await expect(killed.result).resolves.toMatchObject({
      state: 'failed',
      code: 'killed-by-signal',
      message: expect.stringContaining('SIGKILL'),
    });
  });

  it.each([
    [{ program: '/does/not/exist' }, '/does/not/exist could not be started'],
    [{ program: 'true', directory: '/does/not/exist' }, 'in /does/not/exist'],
  ])('that cannot be started is a failure that says why: %j', async (args, message) => {
    const { result } = await start(args);
    await expect(result).rejects.toMatchObject({
      code: 'plugin-failed',
      retryable: false,
      message: expect.stringContaining(message),
    });
  });

  it('is not started for a host that is not allowed', async () => {
    const strict = new ExecPlugin(
      surroundings,
      new AllowedHosts('TARGETS_ALLOWED', ['*.example.net']),
      programs,
    );
    const args = await checkArguments(strict, { program: 'true' });
    const context = {} as Parameters<ExecPlugin['run']>[2];
    await expect(strict.run(toTarget('other.org'), args, context)).resolves.toMatchObject({
      state: 'failed',
      code: 'target-not-allowed',
      retryable: false,
    });
  });

  it('hands on all its output, and waits for a slow reader', async () => {
    let bytes = 0;
    let reading = 0;
    const { result } = await start(shell('head -c 3000000 /dev/zero'), {
      read: async (piece) => {
        reading += 1;
        expect(reading).toBe(1);
        bytes += piece.length;
        await sleep(1);
        reading -= 1;
      },
    });
    await result;
    expect(bytes).toBe(3_000_000);
  });
});

describe('a running program', () => {
  it('is a task, a part of its attempt, that says which process it is', async () => {
    const run = await start(shell('echo self $$; sleep 300'), { target: '10.0.0.7' });
    const name = `process ${await run.line('self ')} (sh) on 10.0.0.7`;
    const tasks = () => attempts.supervisor.inspect().tasks;
    const scope = ['attempt on 10.0.0.7'];
    expect(tasks().find((task) => task.name === name)).toMatchObject({ scope, state: 'running' });
    run.abort();
    await run.result;
    expect(tasks().find((task) => task.name === name)).toBeUndefined();
  });
});

describe('the end of a program', () => {
  it('is its exit, whatever a grandchild does with the pipes; what it left in its group is ended', async () => {
    const { result, line } = await start(shell('sleep 300 & echo child $!; echo done'));
    const startedAt = performance.now();
    await expect(result).resolves.toEqual({
      state: 'succeeded',
      exitCode: 0,
      termination: 'proven',
    });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await isAlive(await line('child '))).toBe(false);
  });

  it('leaves a daemon alone that it started on purpose', async () => {
    const { result, line } = await start(
      shell('setsid sleep 300 </dev/null >/dev/null 2>&1 & sleep 0.1; echo daemon $!'),
    );
    await result;
    const daemon = Number(await line('daemon '));
    expect(await isAlive(daemon)).toBe(true);
    process.kill(daemon, 'SIGKILL');
  });
});

describe('an aborted program', () => {
  it('gets SIGTERM, and its last words are heard', async () => {
    const run = await start(
      shell('trap "echo bye; exit 7" TERM; echo ready; while :; do sleep 0.05; done'),
    );
    await run.line('ready');
    run.abort();
    await expect(run.result).resolves.toEqual({ state: 'aborted', termination: 'proven' });
    expect(run.printed()).toContain('bye\n');
  });

  it('is killed when it ignores that, with children that ignore it too', async () => {
    const run = await start(
      shell(
        `trap '' TERM; sh -c 'trap "" TERM; echo child $$; sleep 300; sleep 300' & echo self $$; wait; sleep 300`,
      ),
    );
    const pids = [await run.line('child '), await run.line('self ')];
    run.abort();
    await expect(run.result).resolves.toEqual({ state: 'aborted', termination: 'proven' });
    expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]);
  });

  it('takes with it what has left its group and session', async () => {
    const run = await start(
      shell(
        `setsid sh -c 'trap "" TERM; echo escaped $$; exec sleep 300' & echo self $$; sleep 300`,
      ),
    );
    const pids = [await run.line('escaped '), await run.line('self ')];
    run.abort();
    await expect(run.result).resolves.toEqual({ state: 'aborted', termination: 'proven' });
    expect(await Promise.all(pids.map(isAlive))).toEqual([false, false]);
  });

  it('does not wait for a reader that takes nothing any more', async () => {
    const aborted = new Deferred();
    const run = await start(shell('echo self $$; while :; do echo flood; done'), {
      read: () => aborted.promise,
    });
    await run.line('self ');
    run.abort();
    aborted.resolve(); // what a context promises: after the abort, output is taken at once
    await expect(run.result).resolves.toEqual({ state: 'aborted', termination: 'proven' });
    expect(await isAlive(await run.line('self '))).toBe(false);
  });

  it('is one of many that are ended at once', async () => {
    const runs = await Promise.all(
      Array.from({ length: 40 }, () => start(shell(`setsid sleep 300 & echo e $!; sleep 300`))),
    );
    const escaped = await Promise.all(runs.map((run) => run.line('e ')));
    for (const run of runs) run.abort();
    const results = await Promise.all(runs.map((run) => run.result));
    expect(results).toEqual(Array(40).fill({ state: 'aborted', termination: 'proven' }));
    expect(await Promise.all(escaped.map(isAlive))).toEqual(Array(40).fill(false));
  });
});
