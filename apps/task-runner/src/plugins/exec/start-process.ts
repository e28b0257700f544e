import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { PluginFailedError } from '#contracts';
import { Deferred } from '#supervisor';

/** How a process ended: with a code, or by a signal. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that leads a session and a process group of its own. */
export interface StartedProcess {
  /** The number of its group and session too. */
  readonly pid: number;
  /**
   * Resolves when it has ended and was reaped; what it started may go on. Never rejects. `exit`, not
   * `close`: that waits for every grandchild that holds a pipe.
   */
  readonly exited: Promise<ProcessExit>;
}

/** One whose output is read; it has no standard input. */
export interface ReadProcess extends StartedProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** One that is told things; its output goes nowhere. */
export interface ToldProcess extends StartedProcess {
  readonly stdin: Writable;
}

/** What to start. */
export interface ProcessCommand {
  /** A path, or a name to be looked up in `env.PATH`. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The task-runner's own unless given. */
  readonly directory?: string | undefined;
}

/** The system had no room for another process or pipe: a moment later it may have. */
const PASSING = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']);

/**
 * Starts a program whose output is read.
 *
 * @throws {PluginFailedError} saying what the system said; retryable when it was short of something.
 */
export async function startProcess(command: ProcessCommand): Promise<ReadProcess> {
  try {
    const { child, started } = start(command, ['ignore', 'pipe', 'pipe']);
    const [stdout, stderr] = [child.stdout, child.stderr];
    if (started && stdout && stderr) return { ...started, stdout, stderr };
    // Node reports some failures by throwing, others by a missing pid and an `error` that follows.
    const [error] = (await once(child, 'error')) as [Error];
    throw error;
  } catch (error) {
    throw startFailed(command, error as NodeJS.ErrnoException);
  }
}

/**
 * Starts a process that reads its standard input, and that this process does not wait for when it
 * ends. What is written to it after its end is lost without an error.
 *
 * @throws {Error} what the system said, or that it said nothing yet.
 */
export function startToldProcess(command: ProcessCommand): ToldProcess {
  const { child, started } = start(command, ['pipe', 'ignore', 'ignore']);
  // Without listeners either would be an uncaught error; `exit`, or the missing pid, says it all.
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  if (!started || !child.stdin) throw new Error(`${command.file} could not be started`);
  child.unref();
  return { ...started, stdin: child.stdin };
}

function start(
  { file, args, env, directory }: ProcessCommand,
  stdio: StdioOptions,
): { readonly child: ChildProcess; readonly started: StartedProcess | undefined } {
  const child = spawn(file, args, { cwd: directory, env, stdio, detached: true });
  const { pid } = child;
  if (pid === undefined) return { child, started: undefined };
  const exited = new Deferred<ProcessExit>();
  child.once('exit', (code, signal) => exited.resolve({ code, signal }));
  return { child, started: { pid, exited: exited.promise } };
}

function startFailed(
  { file, directory }: ProcessCommand,
  cause: NodeJS.ErrnoException,
): PluginFailedError {
  const place = directory === undefined ? '' : ` in ${directory}`;
  const retryable = PASSING.has(cause.code ?? '');
  return new PluginFailedError(
    'plugin-failed',
    `${file} could not be started${place}: ${cause.message}`,
    { cause, retryable },
  );
}
