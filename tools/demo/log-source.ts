import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LogSourceOptions {
  /** NDJSON; every line one document. */
  readonly body: Buffer;
  /** Lines a second; as fast as the reader takes them unless given. */
  readonly linesPerSecond?: number;
}

/** What the source knows of its own doing, for the counts that the services have to reach. */
export interface LogSourceReport {
  readonly lines: number;
  readonly requests: number;
  /** When the first byte of a body left; undefined until then. */
  readonly firstByteAt: number | undefined;
}

const CHUNK_BYTES = 64 * 1024;
const TICK_MS = 50;

/**
 * An HTTP server that streams log lines as NDJSON, from any offset (`Range`, with an `ETag`), so that a reader which
 * was killed goes on where it was.
 */
export class LogSource {
  private readonly server = createServer(
    (request, response) => void this.answer(request, response),
  );
  private readonly etag: string;
  private readonly lines: number;
  private requests = 0;
  private firstByteAt: number | undefined;

  private readonly options: LogSourceOptions;

  constructor(options: LogSourceOptions) {
    this.options = options;
    this.etag = `"${createHash('sha256').update(options.body).digest('hex').slice(0, 16)}"`;
    this.lines = options.body.toString('latin1').split('\n').filter(Boolean).length;
  }

  /** Listens on a free port of 127.0.0.1; resolves with the URL of the stream. */
  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/log`;
  }

  report(): LogSourceReport {
    const { lines, requests, firstByteAt } = this;
    return { lines, requests, firstByteAt };
  }

  /** Stops listening and cuts every reader off. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const { body } = this.options;
    const start = this.startOf(request);
    if (start >= body.length && start > 0) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
      return;
    }
    const headers = {
      'content-type': 'application/x-ndjson',
      etag: this.etag,
      'accept-ranges': 'bytes',
    };
    if (start === 0) response.writeHead(200, headers);
    else {
      const range = `bytes ${start}-${body.length - 1}/${body.length}`;
      response.writeHead(206, { ...headers, 'content-range': range });
    }
    await this.send(body.subarray(start), response);
    response.end();
  }

  /** The offset that the reader asks for; 0 when it knows another version of the stream. */
  private startOf(request: IncomingMessage): number {
    const offset = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const same =
      request.headers['if-range'] === undefined || request.headers['if-range'] === this.etag;
    return offset !== undefined && same ? Number(offset) : 0;
  }

  private async send(rest: Buffer, response: ServerResponse): Promise<void> {
    const { linesPerSecond } = this.options;
    for (let at = 0; at < rest.length && !response.destroyed;) {
      const end =
        linesPerSecond === undefined
          ? Math.min(rest.length, at + CHUNK_BYTES)
          : endOfLines(rest, at, Math.max(1, Math.round((linesPerSecond * TICK_MS) / 1_000)));
      this.firstByteAt ??= performance.now();
      if (!response.write(rest.subarray(at, end))) await writable(response);
      if (linesPerSecond !== undefined) await pause();
      at = end;
    }
  }
}

function endOfLines(body: Buffer, from: number, count: number): number {
  let at = from;
  for (let line = 0; line < count && at < body.length; line += 1) {
    const end = body.indexOf(0x0a, at);
    at = end === -1 ? body.length : end + 1;
  }
  return at;
}

function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, TICK_MS);
  });
}
