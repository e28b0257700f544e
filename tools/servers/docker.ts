import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { Keeper, RunningProcess } from '../keeper/keeper.ts';
import { findProgram } from '../setup/find-program.js';

const exec = promisify(execFile);

/** A container in the foreground: it ends with the `docker run` that the keeper owns. */
export interface Container {
  readonly name: string;
  readonly process: RunningProcess;
}

export interface ContainerOptions {
  readonly keeper: Keeper;
  /** What it is, for messages and the container's name. */
  readonly name: string;
  readonly image: string;
  readonly logFile: string;
  /** Port of 127.0.0.1 → port in the container. */
  readonly ports: ReadonlyMap<number, number>;
  /** More arguments of `docker run`. */
  readonly args: readonly string[];
  readonly readyText?: string;
}

/** Starts a container; removed by force once its `docker run` has ended, however that ended. */
export async function runContainer(options: ContainerOptions): Promise<Container> {
  const name = `signalbox-${options.name}-${randomUUID()}`;
  const ports = [...options.ports].flatMap(([outer, inner]) => [
    '--publish',
    `127.0.0.1:${outer}:${inner}`,
  ]);
  const process = await options.keeper.spawn({
    name: options.name,
    role: 'server',
    command: dockerCommand(),
    args: ['run', '--rm', '--name', name, ...ports, ...options.args, options.image],
    env: inheritedEnvironment(),
    logFile: options.logFile,
    readyText: options.readyText,
    stopTimeoutMs: 20_000,
    afterwards: { command: dockerCommand(), args: ['rm', '--force', name] },
  });
  return { name, process };
}

/** Runs a command in a container; resolves with its output. */
export async function execInContainer(name: string, ...command: string[]): Promise<string> {
  const { stdout } = await exec(dockerCommand(), ['exec', name, ...command]);
  return stdout;
}

function dockerCommand(): string {
  const docker = findProgram('docker');
  if (docker === undefined)
    throw new Error('The command line of Docker is gone from this machine.');
  return docker;
}

/** Docker finds its engine through variables and files of the user. */
function inheritedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
