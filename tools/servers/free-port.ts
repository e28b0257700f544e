import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what Linux and macOS hand out to outgoing connections: a client that keeps trying a port
 * of that range while its server is down can end up connected to itself and hold the port.
 */
const PORTS = { first: 15_000, last: 31_999 };

const handedOut = new Set<number>();

/** A TCP port nobody listens on at 127.0.0.1; never the same twice in one process. */
export async function freePort({ first, last } = PORTS): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    const port = first + Math.floor(Math.random() * (last - first + 1));
    if (handedOut.has(port) || !(await canListen(port))) continue;
    handedOut.add(port);
    return port;
  }
  throw new Error(`No free TCP port was found between ${first} and ${last} on 127.0.0.1.`);
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
