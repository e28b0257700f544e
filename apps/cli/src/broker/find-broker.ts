import type { CliEnvironment } from '../cli.env.js';
import { UsageError } from '../usage-error.js';
import { localMesh } from './local-mesh.js';

/**
 * Where the broker is: `--url`, else AMQP_URL, else the mesh that runs in this folder or one above it (its `.signalbox/mesh.json`).
 * Throws `UsageError` when none of the three says.
 */
export function findBroker(url: string | undefined, environment: CliEnvironment): string {
  const found = url ?? environment.amqpUrl ?? localMesh(environment.workingDirectory)?.amqpUrl;
  if (found === undefined) {
    throw new UsageError(
      'no broker: no mesh runs in this folder or above it, and AMQP_URL is not set. ' +
        'Start one with `npm start`, or say where it is: AMQP_URL=amqp://user:password@host:5672/vhost',
    );
  }
  if (!URL.canParse(found) || !/^amqps?:$/.test(new URL(found).protocol)) {
    throw new UsageError(`not an AMQP URL: expected amqp://user:password@host:5672/vhost`);
  }
  return found;
}

/** The virtual host that an AMQP URL names. */
export function vhostOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1)) || '/';
}
