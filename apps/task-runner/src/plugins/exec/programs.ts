import { basename } from 'node:path';
import type { Task } from '#supervisor';
import type { PluginContext } from '../plugin.js';
import { endProcessTree } from './end-processes.js';
import type { ExecCommand } from './exec-command.js';
import { MARK_VARIABLE, type ProcessTable } from './process-table.js';
import { Program, type ProgramEnd } from './program.js';
import { type ReadProcess, startProcess } from './start-process.js';
import type { Watchdog } from './watchdog.js';

/** What of an attempt a program needs. */
export type ProgramContext = Pick<PluginContext, 'output' | 'spawn'>;

/**
 * The programs that run on this machine: each is a part of its attempt from its start until it was
 * seen to have ended, named by its pid. One that does not end even by SIGKILL is a stuck task, and so
 * is its attempt.
 */
export class Programs {
  constructor(
    private readonly table: ProcessTable,
    private readonly watchdog: Watchdog,
  ) {}

  /**
   * Runs a program to its end; the abort of the attempt ends it, with all that it started. It does not
   * outlive the task-runner: the watchdog knows of it from before its start until its end.
   *
   * @throws {PluginFailedError} when it cannot be started: no such file, not executable, no room.
   * @throws {Error} when there is no watchdog; then nothing runs either.
   */
  async run(command: ExecCommand, context: ProgramContext): Promise<ProgramEnd> {
    const task = await this.start(command, context);
    const outcome = await task.outcome;
    return outcome.status === 'succeeded' ? outcome.value : { termination: 'unknown' };
  }

  private async start(command: ExecCommand, context: ProgramContext): Promise<Task<ProgramEnd>> {
    const marker = `${MARK_VARIABLE}=${command.mark}`;
    try {
      this.watchdog.watch(marker);
      return await this.supervise(await startProcess(command), marker, command, context);
    } catch (error) {
      this.watchdog.forget(marker);
      throw error;
    }
  }

  private async supervise(
    process: ReadProcess,
    marker: string,
    { file, target, mark }: ExecCommand,
    { output, spawn }: ProgramContext,
  ): Promise<Task<ProgramEnd>> {
    const { pid, exited } = process;
    const group = String(pid);
    const program = new Program(process, mark, output, this.table);
    try {
      const name = `process ${pid} (${basename(file)}) on ${target}`;
      const task = await spawn(name, async (context) => {
        const end = await program.run(context);
        this.watchdog.forget(group);
        this.watchdog.forget(marker);
        return end;
      });
      this.watchdog.watch(group);
      return task;
    } catch (error) {
      // Aborted in this very moment, or no watchdog.
      await endProcessTree({ group: pid, mark, exited }, this.table);
      throw error;
    }
  }
}
