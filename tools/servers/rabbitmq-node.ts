import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RabbitMqFiles } from '../setup/places.js';
import { freePort } from './free-port.ts';
import { passwordOf } from './password.ts';

/** The ports of a private broker, all on 127.0.0.1. */
export interface RabbitMqPorts {
  readonly amqp: number;
  readonly management: number;
  readonly distribution: number;
  readonly epmd: number;
}

/** Erlang would open its own listeners on every address. */
const LOOPBACK_ONLY = '-kernel inet_dist_use_interface {127,0,0,1}';

/** The user that a new node creates; it may do everything, from this machine only. */
export const USER = 'guest';

/** Ports that nobody listens on. */
export async function freePorts(): Promise<RabbitMqPorts> {
  return {
    amqp: await freePort(),
    management: await freePort(),
    distribution: await freePort(),
    epmd: await freePort(),
  };
}

/** Where a node with its data in `dir` answers, with its user and password. */
export function urls(dir: string, ports: RabbitMqPorts, vhost = '/') {
  const user = `${USER}:${passwordOf(dir)}`;
  return {
    amqpUrl: `amqp://${user}@127.0.0.1:${ports.amqp}/${encodeURIComponent(vhost)}`,
    managementUrl: `http://${user}@127.0.0.1:${ports.management}`,
  };
}

/** Writes what a node of its own needs in `dir`; harmless when it is there already. */
export function writeNodeFiles(dir: string, ports: RabbitMqPorts): void {
  for (const folder of ['home', 'mnesia', 'log']) {
    mkdirSync(path.join(dir, folder), { recursive: true });
  }
  writeFileSync(path.join(dir, 'enabled_plugins'), '[rabbitmq_management].\n');
  writeFileSync(
    path.join(dir, 'rabbitmq.conf'),
    `${[
      `default_user = ${USER}`,
      `default_pass = ${passwordOf(dir)}`,
      `management.tcp.ip = 127.0.0.1`,
      `management.tcp.port = ${ports.management}`,
      `log.console = true`,
      `log.file = false`,
    ].join('\n')}\n`,
    { mode: 0o600 },
  );
}

/**
 * The environment of a private node and of its `rabbitmqctl`. Nothing of the caller's own RabbitMQ
 * or Erlang settings gets in.
 */
export function nodeEnvironment(
  dir: string,
  files: RabbitMqFiles,
  ports: RabbitMqPorts,
): Record<string, string> {
  const searchPath = [files.erlangBin, '/usr/local/bin', '/usr/bin', '/bin'];
  return {
    PATH: searchPath.join(path.delimiter),
    LANG: 'C.UTF-8',
    HOME: path.join(dir, 'home'),
    ...(files.libraries.length > 0 && { LD_LIBRARY_PATH: files.libraries.join(path.delimiter) }),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'signalbox@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_CTL_DIST_PORT_MIN: String(ports.distribution + 1),
    RABBITMQ_CTL_DIST_PORT_MAX: String(ports.distribution + 20),
    RABBITMQ_MNESIA_BASE: path.join(dir, 'mnesia'),
    RABBITMQ_LOG_BASE: path.join(dir, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_ENABLED_PLUGINS_FILE: path.join(dir, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: path.join(dir, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: path.join(dir, 'no-rabbitmq-env.conf'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: LOOPBACK_ONLY,
    RABBITMQ_CTL_ERL_ARGS: LOOPBACK_ONLY,
    // The start script then becomes the broker instead of staying its parent: one process to own.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
}
