import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { Deferred, sleep } from '#supervisor';
import { Answers } from './answers.js';

/** What the other side gets to read a piece before more is written. */
const APART_MS = 2;

/** Answers one request. The response's socket may be destroyed or reset to break the connection. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

/**
 * A real HTTP server on loopback that plays a source: the first request gets the first answer, the
 * second the second; the last one answers all that follow.
 */
export class TestSource {
  readonly requests: IncomingHttpHeaders[] = [];
  readonly sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #secure: boolean;
  readonly #answers = new Answers('a source');

  private constructor(answers: readonly Answer[], tls?: { cert: string; key: string }) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const answer = answers[Math.min(this.requests.length, answers.length - 1)];
      this.requests.push(request.headers);
      response.on('error', () => {});
      this.#answers.begin(request.url ?? '', async () => answer?.(response, request));
    };
    this.#secure = tls !== undefined;
    this.#server = tls ? createSecureServer(tls, listener) : createServer(listener);
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  static listen(...answers: readonly Answer[]): Promise<TestSource> {
    return new TestSource(answers).#listen();
  }

  static listenSecurely(
    tls: { cert: string; key: string },
    ...answers: readonly Answer[]
  ): Promise<TestSource> {
    return new TestSource(answers, tls).#listen();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return this.#secure ? `https://localhost:${this.port}/` : `http://127.0.0.1:${this.port}/`;
  }

  /** Breaks every connection, and waits for the answers to end. Throws what an answer threw. Idempotent. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server.close(), 'close');
    await this.#answers.close();
  }

  async #listen(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }
}

/** A body that is written as it stands and ends cleanly. */
export function whole(body: string | Buffer, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(200, headers).end(body);
  };
}

/** A bare status. */
export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(code, headers).end();
  };
}

/** A body that is written in these pieces, each received apart, and never ends. */
export function endless(
  headers: Record<string, string>,
  ...pieces: readonly (string | Buffer)[]
): Answer {
  return async (response) => {
    response.writeHead(200, headers);
    response.flushHeaders();
    for (const piece of pieces) await writeAlone(response, piece);
  };
}

/** Writes, and resolves once the piece has left or the connection is broken. */
export async function write(stream: Writable, piece: string | Buffer): Promise<void> {
  const over = new Deferred<unknown>();
  stream.write(piece, over.resolve);
  await over.promise;
}

/** Writes, and gives the other side the time to read it before anything else is written. */
export async function writeAlone(response: ServerResponse, piece: string | Buffer): Promise<void> {
  await write(response, piece);
  await sleep(APART_MS);
}

/** Breaks the connection with a reset, once what was written is on its way. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
