import type { ChildProcess } from 'node:child_process';
import type { OutputChannel, Termination } from '#contracts';
import { endProcessTree, endRestOfGroup, type ProcessTree } from './end-processes.js';
import type { ExecCommand } from './exec-command.js';
import { MARK_VARIABLE } from './process-table.js';
import { ProgramOutput } from './program-output.js';
import { type StartedProcess, startProcess } from './start-process.js';
import type { Watchdog } from './watchdog.js';

/** How a program ended: with a code, or by a signal. */
export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Takes a piece of output; the next is read when the promise resolves. Must not reject. */
export type OutputReader = (piece: Buffer, channel: OutputChannel) => Promise<void>;

/**
 * A program that runs on this machine, in a process group and session of its own, without standard
 * input. Whoever started it calls `finish` or `end`, once; the watchdog does when the task-runner dies.
 */
export class Program {
  /** Resolves when the program itself has ended; what it started may go on. Never rejects. */
  readonly exited: Promise<ProgramExit>;
  private readonly tree: ProcessTree;
  private readonly outputs: readonly ProgramOutput[];

  private constructor(
    child: StartedProcess,
    command: ExecCommand,
    read: OutputReader,
    private readonly watchdog: Watchdog,
  ) {
    this.exited = exitOf(child);
    this.tree = { group: child.pid, mark: command.mark, exited: this.exited };
    this.outputs = [
      new ProgramOutput(child.stdout, (piece) => read(piece, 'stdout')),
      new ProgramOutput(child.stderr, (piece) => read(piece, 'stderr')),
    ];
  }

  /**
   * @throws {PluginFailedError} when the program cannot be started: no such file, not executable, no room.
   * @throws {Error} when there is no watchdog; then nothing runs either.
   */
  static async start(
    command: ExecCommand,
    read: OutputReader,
    watchdog: Watchdog,
  ): Promise<Program> {
    let program: Program | undefined;
    try {
      watchdog.watch(markerOf(command));
      const child = await startProcess(command);
      program = new Program(child, command, read, watchdog);
      watchdog.watch(String(child.pid));
      return program;
    } catch (error) {
      if (program) await program.end();
      else watchdog.forget(markerOf(command));
      throw error;
    }
  }

  /** Call it after `exited`: reads the rest of the output and ends what is left of the group. */
  async finish(): Promise<Termination> {
    await this.drain();
    return this.forget(await endRestOfGroup(this.tree));
  }

  /** Ends the program with all that it started, then reads the rest of the output. */
  async end(): Promise<Termination> {
    const termination = await endProcessTree(this.tree);
    await this.drain();
    return this.forget(termination);
  }

  private async drain(): Promise<void> {
    await Promise.all(this.outputs.map((output) => output.drain()));
  }

  private forget(termination: Termination): Termination {
    this.watchdog.forget(String(this.tree.group));
    this.watchdog.forget(markerOf(this.tree));
    return termination;
  }
}

/** `exit`, not `close`: that waits for every grandchild that holds a pipe. */
function exitOf(child: ChildProcess): Promise<ProgramExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function markerOf({ mark }: { readonly mark: string }): string {
  return `${MARK_VARIABLE}=${mark}`;
}
