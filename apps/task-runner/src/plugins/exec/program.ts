import type { OutputChannel, Termination } from '#contracts';
import type { TaskContext } from '#supervisor';
import { endProcessTree, endRestOfGroup, type ProcessTree } from './end-processes.js';
import type { ProcessTable } from './process-table.js';
import { ProgramOutput } from './program-output.js';
import type { ProcessExit, ReadProcess } from './start-process.js';

/** How a program ended. */
export interface ProgramEnd {
  /** Missing when it was ended because its task was aborted. */
  readonly exit?: ProcessExit;
  /** Whether it is gone, with what it left in its group or, when it was ended, all that it started. */
  readonly termination: Termination;
}

/** Takes a piece of output; the next is read when the promise resolves. Must not reject. */
export type OutputReader = (piece: Buffer, channel: OutputChannel) => Promise<void>;

/** A program that runs on this machine. Whoever started it calls `run` at once, as the body of a task. */
export class Program {
  private readonly tree: ProcessTree;
  private readonly outputs: readonly ProgramOutput[];

  /** @param mark stands in the environment of the program, and of nobody else but what it starts. */
  constructor(
    private readonly process: ReadProcess,
    mark: string,
    read: OutputReader,
    private readonly table: ProcessTable,
  ) {
    this.tree = { group: process.pid, mark, exited: process.exited };
    this.outputs = [
      new ProgramOutput(process.stdout, (piece) => read(piece, 'stdout')),
      new ProgramOutput(process.stderr, (piece) => read(piece, 'stderr')),
    ];
  }

  /**
   * Reads the program's output to its end; after an abort it ends the program with all that it
   * started. Settles when the program was seen to have ended, not sooner, whatever else happens: one
   * that does not die is a stuck task. Never rejects.
   */
  async run(context: TaskContext): Promise<ProgramEnd> {
    const reading = this.outputs.map((output) => output.read());
    const [end] = await Promise.all([this.untilEnd(context), ...reading]);
    await this.process.exited;
    return end;
  }

  private async untilEnd(context: TaskContext): Promise<ProgramEnd> {
    try {
      const exit = await context.wait(this.process.exited);
      await this.drain();
      return { exit, termination: await endRestOfGroup(this.tree, this.table) };
    } catch {
      // `exited` does not reject, so this is the abort.
      const termination = await endProcessTree(this.tree, this.table);
      await this.drain();
      return { termination };
    }
  }

  private async drain(): Promise<void> {
    await Promise.all(this.outputs.map((output) => output.drain()));
  }
}
