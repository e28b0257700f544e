import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { silentLog } from '#runtime';
import { Deferred, Supervisor, type Task } from '#supervisor';
import { ProcessTable } from './process-table.js';
import { Program, type ProgramEnd } from './program.js';
import type { ProcessExit } from './start-process.js';

/** Above what Linux gives out: signals to it reach nobody. */
const NO_PID = 2 ** 22 + 1;

describe('a process that does not die', () => {
  it('is a stuck task until it was seen to have ended', async () => {
    const exited = new Deferred<ProcessExit>();
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const undead = { pid: NO_PID, exited: exited.promise, stdout, stderr };
    const program = new Program(undead, 'm', async () => {}, new ProcessTable(silentLog));
    const supervisor = new Supervisor({ name: 'targets', limit: 1, closeTimeoutMs: 20 });
    const task = supervisor.trySpawn('process', (context) =>
      program.run(context),
    ) as Task<ProgramEnd>;
    task.cancel('by the test');
    expect(await task.outcome).toMatchObject({ status: 'cancelled', stuck: true });
    expect(supervisor.inspect()).toMatchObject({ occupied: 1, stuck: 1 });
    exited.resolve({ code: null, signal: 'SIGKILL' });
    await task.settled;
    expect(supervisor.inspect()).toMatchObject({ occupied: 0, stuck: 0, tasks: [] });
  });
});
