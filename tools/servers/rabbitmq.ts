import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Keeper } from '../keeper/keeper.ts';
import { readPlaces, type DockerImage, type RabbitMqFiles } from '../setup/places.js';
import { readyWithin } from './answering.ts';
import { execInContainer, runContainer } from './docker.ts';
import { putAside } from './log-file.ts';
import { Management } from './management.ts';
import { passwordOf } from './password.ts';
import {
  freePorts,
  nodeEnvironment,
  urls,
  USER,
  writeNodeFiles,
  type RabbitMqPorts,
} from './rabbitmq-node.ts';
import {
  READY_TEXT,
  READY_WITHIN_MS,
  startBroker,
  startEpmd,
  type NodeToStart,
} from './rabbitmq-processes.ts';
import { Server } from './server.ts';

const exec = promisify(execFile);

/** A private RabbitMQ with the management plugin. Its URLs hold its user, who may do everything. */
export interface RabbitMq extends Server {
  /** With user and password. */
  readonly managementUrl: string;
  /** Runs `rabbitmqctl` on this node; resolves with its output, rejects when it fails. */
  rabbitmqctl(...args: string[]): Promise<string>;
}

export interface RabbitMqOptions {
  readonly keeper: Keeper;
  /** The node's data and settings; kept between starts. */
  readonly dir: string;
  /** Default: free ones. */
  readonly ports?: RabbitMqPorts;
  /** A virtual host to create; `url` then names it. Default: `/`. */
  readonly vhost?: string;
  /** Loaded once the broker is up, as RabbitMQ's definitions export has them. */
  readonly definitions?: object;
}

/**
 * Starts a private RabbitMQ on 127.0.0.1 that ends with the keeper. Takes five to ten seconds.
 * Throws when the set-up has not run, or with the broker's last lines when it does not come up.
 */
export async function startRabbitMq(options: RabbitMqOptions): Promise<RabbitMq> {
  const place = readPlaces().rabbitmq;
  if (place === undefined) throw new Error('No RabbitMQ is set up yet: run `npm run setup`.');
  const ports = options.ports ?? (await freePorts());
  putAside(logOf(options.dir));
  const server =
    place.kind === 'docker'
      ? container(options, place, ports)
      : await privateNode(options, place, ports);
  await server.start();
  const management = new Management(server.managementUrl);
  if (options.vhost !== undefined) await management.createVhost(options.vhost);
  if (options.definitions !== undefined) await management.loadDefinitions(options.definitions);
  return server;
}

function logOf(dir: string): string {
  return path.join(dir, 'log', 'rabbitmq.log');
}

async function privateNode(
  { keeper, dir, vhost }: RabbitMqOptions,
  files: RabbitMqFiles,
  ports: RabbitMqPorts,
): Promise<RabbitMq> {
  writeNodeFiles(dir, ports);
  const env = nodeEnvironment(dir, files, ports);
  const node: NodeToStart = {
    keeper,
    files,
    ports,
    commandOf: (command, args) => ({ command, args, cwd: dir, env }),
    logs: path.dirname(logOf(dir)),
  };
  await startEpmd(node);
  const { amqpUrl, managementUrl } = urls(dir, ports, vhost);
  const server = new Server('rabbitmq', amqpUrl, () => startBroker(node));
  return Object.assign(server, {
    managementUrl,
    rabbitmqctl: async (...args: string[]) => {
      const { stdout } = await exec(path.join(files.sbin, 'rabbitmqctl'), args, { env, cwd: dir });
      return stdout;
    },
  });
}

function container(
  { keeper, dir, vhost }: RabbitMqOptions,
  { image }: DockerImage,
  ports: RabbitMqPorts,
): RabbitMq {
  const data = path.join(dir, 'mnesia');
  mkdirSync(data, { recursive: true });
  const { amqpUrl, managementUrl } = urls(dir, ports, vhost);
  let name = '';
  const server = new Server('rabbitmq', amqpUrl, async () => {
    const started = await runContainer({
      keeper,
      name: 'rabbitmq',
      image,
      logFile: logOf(dir),
      ports: new Map([
        [ports.amqp, 5672],
        [ports.management, 15672],
      ]),
      // As the caller's user and under a fixed host name, so that the data can be deleted by the
      // caller and belongs to the same node after a restart.
      args: [
        '--user',
        `${process.getuid!()}:${process.getgid!()}`,
        '--hostname',
        'signalbox',
        '--volume',
        `${data}:/var/lib/rabbitmq`,
        '--env',
        `RABBITMQ_DEFAULT_USER=${USER}`,
        '--env',
        `RABBITMQ_DEFAULT_PASS=${passwordOf(dir)}`,
      ],
      readyText: READY_TEXT,
    });
    ({ name } = started);
    await readyWithin(started.process, READY_WITHIN_MS);
    return started.process;
  });
  return Object.assign(server, {
    managementUrl,
    rabbitmqctl: (...args: string[]) => execInContainer(name, 'rabbitmqctl', ...args),
  });
}
