import { lookup as lookupAddresses } from 'node:dns';
import { connect as connectTcp, isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { buildConnector } from 'undici';
import { SignalboxError, TimedOutError } from '#contracts';
import { Deferred, systemClock, withTimeout } from '#supervisor';
import type { AllowedHosts } from '#runtime';

/** Name lookup, connection and TLS handshake together may take this long. */
const CONNECT_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;

/** What a TLS connection is checked and authenticated with, in PEM. */
export interface TlsMaterial {
  /** Certificates trusted in place of the system's. */
  readonly ca?: string;
  /** The client's certificate and key. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Opens the one socket of an attempt, for undici. The addresses that a name stands for are checked
 * against the allow-list, and the connection goes to a checked address: a second lookup cannot
 * answer otherwise.
 */
export class SourceConnector {
  readonly #allowed: AllowedHosts;
  readonly #tls: TlsMaterial;
  #socket: Socket | undefined;
  readonly #closed = new Deferred();
  #connected = false;
  #error: Error | undefined;

  constructor(allowed: AllowedHosts, tls: TlsMaterial = {}) {
    this.#allowed = allowed;
    this.#tls = tls;
  }

  /** What broke the socket; nothing while it is well or after the other side closed it in order. */
  get error(): Error | undefined {
    return this.#error;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** undici's `connect` option. To be called once. */
  readonly connect: buildConnector.connector = (target, callback) => {
    const refusal =
      isIP(target.hostname) && this.#allowed.refuseAddress(target.hostname, target.hostname);
    if (refusal) {
      callback(new SignalboxError('url-not-allowed', refusal), null);
      return;
    }
    const socket = this.#open(target);
    this.#socket = socket;
    const timer = systemClock.setTimer(CONNECT_TIMEOUT_MS, () => {
      const host = target.host ?? target.hostname;
      socket.destroy(new TimedOutError(`no connection to ${host} within ${CONNECT_TIMEOUT_MS} ms`));
    });
    let report: buildConnector.Callback | undefined = callback;
    // undici takes a reset of a body without a length for its end: the error has to be seen here.
    socket.on('error', (error) => {
      this.#error ??= error;
      report?.(error, null);
      report = undefined;
    });
    socket.once('close', () => {
      timer.cancel();
      this.#closed.resolve();
    });
    socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      this.#connected = true;
      timer.cancel();
      report?.(null, socket);
      report = undefined;
    });
  };

  /** Destroys the socket, connected or not, and resolves when it is gone. */
  async close(): Promise<void> {
    if (this.#socket === undefined) return;
    this.#socket.destroy();
    const what = 'closing the socket of a source';
    await withTimeout(this.#closed.promise, CLOSE_TIMEOUT_MS, { what });
  }

  #open({ hostname, port, protocol }: buildConnector.Options): Socket {
    const secure = protocol === 'https:';
    const options = {
      host: hostname,
      port: Number(port) || (secure ? 443 : 80),
      lookup: this.#lookup,
      noDelay: true,
      keepAlive: true,
    };
    if (!secure) return connectTcp(options);
    const servername = isIP(hostname) ? undefined : hostname;
    return connectTls({ ...options, ...this.#tls, servername, ALPNProtocols: ['http/1.1'] });
  }

  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    lookupAddresses(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, '');
        return;
      }
      const open = addresses.filter(
        ({ address }) => !this.#allowed.refuseAddress(hostname, address),
      );
      const [first] = open;
      if (first === undefined) callback(this.#refused(hostname, addresses[0]?.address ?? ''), '');
      else if (options.all) callback(null, open);
      else callback(null, first.address, first.family);
    });
  };

  #refused(hostname: string, address: string): Error {
    const reason = this.#allowed.refuseAddress(hostname, address) ?? `${hostname} has no address`;
    return new SignalboxError('url-not-allowed', reason);
  }
}
