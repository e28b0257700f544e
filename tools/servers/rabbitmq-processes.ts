import path from 'node:path';
import type { Keeper, RunningProcess } from '../keeper/keeper.ts';
import type { ProcessSpec } from '../keeper/protocol.ts';
import type { RabbitMqFiles } from '../setup/places.js';
import { answering, listens, readyWithin } from './answering.ts';
import type { RabbitMqPorts } from './rabbitmq-node.ts';

/** What RabbitMQ prints when it takes connections. */
export const READY_TEXT = 'Server startup complete';
export const READY_WITHIN_MS = 120_000;

/** A private node that is about to start, once `writeNodeFiles` has run. */
export interface NodeToStart {
  readonly keeper: Keeper;
  readonly files: Pick<RabbitMqFiles, 'sbin' | 'epmd'>;
  readonly ports: RabbitMqPorts;
  /** What the keeper has to start to run a program of the node. */
  readonly commandOf: (
    program: string,
    args: readonly string[],
  ) => Pick<ProcessSpec, 'command' | 'args' | 'cwd' | 'env'>;
  /** The folder for what its processes say. */
  readonly logs: string;
}

/** The broker would start an epmd of its own that survives it; this one belongs to the keeper. */
export async function startEpmd({ keeper, files, ports, ...node }: NodeToStart): Promise<void> {
  const epmd = await keeper.spawn({
    ...node.commandOf(files.epmd, ['-port', String(ports.epmd), '-address', '127.0.0.1']),
    name: 'epmd',
    role: 'helper',
    logFile: path.join(node.logs, 'epmd.log'),
  });
  await answering(epmd, 'epmd', () => listens(ports.epmd), 10_000);
}

/** Resolves when the broker takes connections; rejects with its last lines when it does not come up. */
export async function startBroker({
  keeper,
  files,
  ...node
}: NodeToStart): Promise<RunningProcess> {
  const broker = await keeper.spawn({
    ...node.commandOf(path.join(files.sbin, 'rabbitmq-server'), []),
    name: 'rabbitmq',
    role: 'server',
    logFile: path.join(node.logs, 'rabbitmq.log'),
    readyText: READY_TEXT,
    stopTimeoutMs: 20_000,
  });
  await readyWithin(broker, READY_WITHIN_MS);
  return broker;
}
