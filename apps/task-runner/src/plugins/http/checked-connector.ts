import type { LookupAddress } from 'node:dns';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { onAbort } from '#supervisor';
import type { buildConnector } from 'undici';
import { answerWith } from './checked-addresses.js';
import type { RequestTrace } from './request-trace.js';

/**
 * Connects to the given addresses only, over TCP or TLS (HTTP/1.1), and takes the times. An abort
 * destroys the socket at any moment: left to itself, one that nobody answers lives for minutes.
 */
export function checkedConnector(
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
  trace: RequestTrace,
): buildConnector.connector {
  return ({ hostname, port, protocol }, callback) => {
    const isTls = protocol === 'https:';
    const options = {
      host: hostname,
      port: Number(port) || (isTls ? 443 : 80),
      lookup: answerWith(addresses),
      noDelay: true,
    };
    const socket = isTls
      ? connectTls({ ...options, ALPNProtocols: ['http/1.1'], ...serverName(hostname) })
      : connectTcp(options);
    const stopListening = onAbort(signal, () => {
      socket.destroy(signal.reason as Error);
    });
    socket.once('close', stopListening);
    socket.once('connect', () => trace.connectedTo(socket.remoteAddress));
    const fail = (error: Error): void => callback(error, null);
    socket.once('error', fail);
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      if (isTls) trace.done('tls');
      socket.off('error', fail);
      callback(null, socket);
    });
  };
}

/** RFC 6066: an address is no server name. */
function serverName(hostname: string): { servername?: string } {
  return isIP(hostname) === 0 ? { servername: hostname } : {};
}
