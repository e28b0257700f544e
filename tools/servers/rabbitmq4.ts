import path from 'node:path';
import type { Keeper } from '../keeper/keeper.ts';
import { findProgram } from '../setup/find-program.js';
import type { RabbitMqFiles } from '../setup/places.js';
import { answering, listens, readyWithin } from './answering.ts';
import { freePort } from './free-port.ts';
import { passwordOf } from './password.ts';
import { nodeEnvironment, USER, writeNodeFiles, type RabbitMqPorts } from './rabbitmq-node.ts';
import type { RabbitMq4Root } from './rabbitmq4-root.ts';

/** Erlang reads /proc; it is mounted for the broker's own eyes only, and gone with it. */
const IN_ROOT = 'mount -t proc proc "$0/proc" && exec /usr/sbin/chroot "$0" "$@"';
const READY_TEXT = 'Server startup complete';
const READY_WITHIN_MS = 120_000;

/** Where a RabbitMQ 4 answers; the URLs hold its user, who may do everything. */
export interface RabbitMq4 {
  readonly version: string;
  readonly amqpUrl: string;
  readonly managementUrl: string;
}

/**
 * Starts a private RabbitMQ 4 with the management plugin, in its own root folder, on free ports of 127.0.0.1, with an
 * epmd of its own. Both end with the keeper, and the node's data is deleted then. Takes five to ten seconds.
 *
 * @param name of the folder for its data, inside the root
 */
export async function startRabbitMq4(
  keeper: Keeper,
  place: RabbitMq4Root,
  name: string,
): Promise<RabbitMq4> {
  const { root, version } = place;
  const unshare = findProgram('unshare');
  if (unshare === undefined) throw new Error('This machine has no `unshare` (util-linux).');
  const inside = path.join('/var/lib/signalbox', name);
  const dir = path.join(root, inside);
  await keeper.deleteAtEnd(dir);
  const ports: RabbitMqPorts = {
    amqp: await freePort(),
    management: await freePort(),
    distribution: await freePort(),
    epmd: await freePort(),
  };
  writeNodeFiles(dir, ports);
  const files: RabbitMqFiles = { kind: 'files', libraries: [], ...place };
  const env = nodeEnvironment(inside, files, ports);
  const start = (program: string, args: readonly string[]) => ({
    command: unshare,
    args: ['--mount', '/bin/sh', '-c', IN_ROOT, root, program, ...args],
    cwd: root,
    env,
  });
  const epmd = await keeper.spawn({
    ...start(place.epmd, ['-port', String(ports.epmd), '-address', '127.0.0.1']),
    name: 'epmd (RabbitMQ 4)',
    role: 'helper',
    logFile: path.join(dir, 'log', 'epmd.log'),
  });
  await answering(epmd, 'epmd', () => listens(ports.epmd), 10_000);
  const broker = await keeper.spawn({
    ...start(path.join(place.sbin, 'rabbitmq-server'), []),
    name: 'RabbitMQ 4',
    role: 'server',
    logFile: path.join(dir, 'log', 'rabbitmq.log'),
    readyText: READY_TEXT,
    stopTimeoutMs: 20_000,
  });
  await readyWithin(broker, READY_WITHIN_MS);
  const user = `${USER}:${passwordOf(dir)}`;
  return {
    version,
    amqpUrl: `amqp://${user}@127.0.0.1:${ports.amqp}/%2F`,
    managementUrl: `http://${user}@127.0.0.1:${ports.management}`,
  };
}
