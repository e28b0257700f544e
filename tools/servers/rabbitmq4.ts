import path from 'node:path';
import type { Keeper } from '../keeper/keeper.ts';
import { findProgram } from '../setup/find-program.js';
import type { RabbitMqFiles } from '../setup/places.js';
import { freePorts, nodeEnvironment, urls, writeNodeFiles } from './rabbitmq-node.ts';
import { startBroker, startEpmd, type NodeToStart } from './rabbitmq-processes.ts';
import type { RabbitMq4Root } from './rabbitmq4-root.ts';

/** Erlang reads /proc; it is mounted for the broker's own eyes only, and gone with it. */
const IN_ROOT = 'mount -t proc proc "$0/proc" && exec /usr/sbin/chroot "$0" "$@"';

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
  const ports = await freePorts();
  writeNodeFiles(dir, ports);
  const files: RabbitMqFiles = { kind: 'files', libraries: [], ...place };
  const env = nodeEnvironment(inside, files, ports);
  const node: NodeToStart = {
    keeper,
    files,
    ports,
    commandOf: (program, args) => ({
      command: unshare,
      args: ['--mount', '/bin/sh', '-c', IN_ROOT, root, program, ...args],
      cwd: root,
      env,
    }),
    logs: path.join(dir, 'log'),
  };
  await startEpmd(node);
  await startBroker(node);
  return { version, ...urls(dir, ports) };
}
