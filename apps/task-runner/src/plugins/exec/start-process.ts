import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { PluginFailedError } from '#contracts';
import type { ExecCommand } from './exec-command.js';

/** A process that runs, with its two pipes. */
export type StartedProcess = ChildProcessByStdio<null, Readable, Readable> & {
  readonly pid: number;
};

/** The system had no room for another process or pipe: a moment later it may have. */
const PASSING = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']);

/**
 * Starts a program as the leader of a session and process group of its own.
 *
 * @throws {PluginFailedError} saying what the system said; retryable when it was short of something.
 */
export async function startProcess(command: ExecCommand): Promise<StartedProcess> {
  try {
    const child = spawn(command.file, command.args, {
      cwd: command.directory,
      env: command.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    return await started(child);
  } catch (error) {
    throw startFailed(command, error as NodeJS.ErrnoException);
  }
}

/** Node reports some failures by throwing, others by a missing pid and an `error` that follows. */
async function started(
  child: ChildProcessByStdio<null, Readable, Readable>,
): Promise<StartedProcess> {
  if (isStarted(child)) return child;
  const [error] = (await once(child, 'error')) as [Error];
  throw error;
}

function isStarted(child: ChildProcessByStdio<null, Readable, Readable>): child is StartedProcess {
  return child.pid !== undefined;
}

function startFailed(
  { file, directory }: ExecCommand,
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
