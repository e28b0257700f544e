import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CERTIFICATE } from '../../testing/certificate.js';
import { TestSource, endless, reset, write } from '../../testing/test-source.js';
import type { Answer } from '../../testing/test-source.js';
import { until } from '../../testing/until.js';
import { AllowedHosts } from '#runtime';
import { sleep } from '#supervisor';
import { openResponse } from './source-response.js';
import type { SourceRequest, SourceResponse } from './source-response.js';

// A machine that does other things at the same time takes its time.
jest.setTimeout(60_000);

const LOOPBACK = new AllowedHosts('STREAM_ALLOWED_HOSTS', ['127.0.0.0/8', '::1']);
const CHUNK = Buffer.alloc(64 * 1024, 'x');

let source: TestSource | undefined;

afterEach(() => source?.close());

async function listen(...answers: readonly Answer[]): Promise<TestSource> {
  source = await TestSource.listen(...answers);
  return source;
}

function open(
  url: string,
  given: Partial<SourceRequest> = {},
  signal = new AbortController().signal,
) {
  return openResponse(
    { url: new URL(url), headers: {}, idleTimeoutMs: 10_000, ...given },
    LOOPBACK,
    signal,
  );
}

/** Reads to the end, and gives what came and how it ended. */
async function drain(response: SourceResponse): Promise<{ body: string; error?: unknown }> {
  let body = '';
  try {
    for (let chunk = await response.next(); chunk !== undefined; chunk = await response.next()) {
      body += chunk.toString();
    }
    return { body };
  } catch (error) {
    return { body, error };
  }
}

describe('the end of a body', () => {
  it.each<[string, Answer]>([
    [
      'with a length',
      (response) => void response.writeHead(200, { 'content-length': 2 }).end('ok'),
    ],
    ['in chunks', (response) => void response.writeHead(200).end('ok')],
    [
      'that ends with its connection',
      (response) => void response.socket?.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok'),
    ],
  ])('is clean for one %s', async (_kind, answer) => {
    const { url } = await listen(answer);
    const response = await open(url);
    await expect(drain(response)).resolves.toEqual({ body: 'ok' });
    await response.close();
  });

  it.each<[string, string]>([
    ['with a length', 'Content-Length: 100\r\n'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n'],
  ])('is an error for one %s that is cut off', async (kind, header) => {
    const piece = kind === 'in chunks' ? '4\r\nhalf\r\n' : 'half';
    const { url } = await listen(
      (response) => void response.socket?.end(`HTTP/1.1 200 OK\r\n${header}\r\n${piece}`),
    );
    const response = await open(url);
    await expect(drain(response)).resolves.toMatchObject({
      body: 'half',
      error: { code: 'connection-lost', retryable: true },
    });
    await response.close();
  });

  it.each([
    ['with a length', { 'content-length': '100' }],
    ['in chunks', {}],
  ])('is an error after a reset for one %s', async (_kind, headers: Record<string, string>) => {
    const { url } = await listen(async (response) => {
      await endless(headers, 'half')(response, response.req);
      reset(response);
    });
    const response = await open(url);
    await expect(drain(response)).resolves.toMatchObject({
      body: 'half',
      error: { code: 'connection-lost' },
    });
    await response.close();
  });

  it('is an error after a reset also where the end of the connection is the end of the body', async () => {
    const { url, sockets } = await listen(
      (response) => void response.socket?.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf'),
    );
    const response = await open(url);
    await expect(response.next()).resolves.toEqual(Buffer.from('half'));
    for (const socket of sockets) socket.resetAndDestroy();
    await expect(response.next()).rejects.toMatchObject({ code: 'connection-lost' });
    await response.close();
  });

  it('comes after everything that was received before the break', async () => {
    const pieces = Array.from({ length: 30 }, (_unused, n) => `piece ${n};`);
    const { url, sockets } = await listen(async (response) => {
      await endless({}, ...pieces)(response, response.req);
      reset(response);
    });
    const response = await open(url);
    await until(() => sockets.size === 0);
    await expect(drain(response)).resolves.toMatchObject({
      body: pieces.join(''),
      error: { code: 'connection-lost' },
    });
    await response.close();
  });
});

describe('silence', () => {
  it('before the headers or within the body is an idle timeout', async () => {
    const { url } = await listen(() => {}, endless({}, 'a'));
    await expect(open(url, { idleTimeoutMs: 200 })).rejects.toMatchObject({ code: 'idle-timeout' });
    const response = await open(url, { idleTimeoutMs: 200 });
    await expect(drain(response)).resolves.toMatchObject({
      body: 'a',
      error: { code: 'idle-timeout', retryable: true },
    });
    await response.close();
  });

  it('of the reader is none of the source: an unread body does not time out', async () => {
    const { url } = await listen(endless({}, ...Array.from({ length: 40 }, () => CHUNK)));
    const response = await open(url, { idleTimeoutMs: 300 });
    let bytes = (await response.next())?.length ?? 0;
    await sleep(1_500);
    while (bytes < 40 * CHUNK.length) bytes += (await response.next())?.length ?? Infinity;
    expect(bytes).toBe(40 * CHUNK.length);
    await response.close();
  });
});

describe('a slow reader', () => {
  it('stops the source, and holds no more than a bounded part of the body', async () => {
    let written = 0;
    const { url } = await listen(async (response) => {
      response.writeHead(200);
      while (!response.destroyed) {
        await write(response, CHUNK);
        written += CHUNK.length;
      }
    });
    const before = process.memoryUsage().arrayBuffers;
    const response = await open(url);
    await response.next();
    let seen = -1;
    while (seen !== written) {
      seen = written;
      await sleep(200);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
    await response.next();
    await response.close();
  });
});

describe('an abort', () => {
  const reason = new Error('stop');
  const next = async (opening: Promise<SourceResponse>) => (await opening).next();

  it.each<[string, Answer, (opening: Promise<SourceResponse>) => Promise<unknown>, boolean]>([
    ['before the headers', () => {}, async () => {}, true],
    ['before the first byte', endless({}), (opening) => opening, true],
    ['between two bytes', endless({}, 'a'), next, true],
    [
      'while the reader is slow',
      endless({}, ...Array.from({ length: 100 }, () => CHUNK)),
      next,
      false,
    ],
  ])('%s is thrown at once and leaves no socket', async (_when, answer, reach, isReading) => {
    const { url, sockets, requests } = await listen(answer);
    const controller = new AbortController();
    const opening = open(url, {}, controller.signal);
    await until(() => requests.length === 1);
    await reach(opening);
    const reading = isReading ? next(opening) : undefined;
    const since = performance.now();
    controller.abort(reason);
    await expect(reading ?? next(opening)).rejects.toBe(reason);
    await opening.then(
      (response) => response.close(),
      () => {},
    );
    expect(performance.now() - since).toBeLessThan(500);
    await until(() => sockets.size === 0);
  });

  it('during the handshake leaves no socket', async () => {
    const sockets = new Set<Socket>();
    const mute: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).once('close', () => sockets.delete(socket));
      socket.resume();
    });
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    const controller = new AbortController();
    const opening = open(
      `https://127.0.0.1:${(mute.address() as AddressInfo).port}/`,
      {},
      controller.signal,
    );
    await until(() => sockets.size === 1);
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await until(() => sockets.size === 0);
    await once(mute.close(), 'close');
  });

  it('that came before opens nothing', async () => {
    const { url, requests } = await listen(endless({}));
    await expect(open(url, {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(requests).toHaveLength(0);
  });
});

describe('the way to a source', () => {
  it('is refused to an address that is not listed, by number and by name', async () => {
    const { port, requests } = await listen(endless({}, 'a'));
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433']) {
      await expect(
        openResponse(
          { url: new URL(`http://${host}:${port}/`), headers: {}, idleTimeoutMs: 1_000 },
          new AllowedHosts('STREAM_ALLOWED_HOSTS', ['*']),
          new AbortController().signal,
        ),
      ).rejects.toMatchObject({ code: 'url-not-allowed', retryable: false });
    }
    expect(requests).toHaveLength(0);
  });

  it('goes by name to a listed address', async () => {
    const { port } = await listen(endless({}, 'a'));
    const response = await open(`http://localhost:${port}/`);
    await expect(response.next()).resolves.toEqual(Buffer.from('a'));
    await response.close();
  });

  it('may be open again later when nobody answers there', async () => {
    const { url } = await listen(() => {});
    await source?.close();
    await expect(open(url)).rejects.toMatchObject({ code: 'target-unreachable', retryable: true });
    await expect(open('http://no-such-host.invalid/')).rejects.toMatchObject({
      code: 'target-unreachable',
      retryable: true,
    });
  });

  it('is closed for good to a request that HTTP does not know', async () => {
    const { url, requests } = await listen(endless({}, 'a'));
    const headers = { 'x-token': 'a\nx-other: b' };
    await expect(open(url, { headers })).rejects.toMatchObject({
      code: 'contract-violated',
      retryable: false,
      message: expect.not.stringContaining('x-other'),
    });
    expect(requests).toHaveLength(0);
  });

  it('checks the certificate, and takes the authority that it is given', async () => {
    source = await TestSource.listenSecurely(
      CERTIFICATE,
      (response) => void response.end('secret'),
    );
    await expect(open(source.url)).rejects.toMatchObject({ code: 'tls-failed', retryable: false });
    const response = await open(source.url, { tls: { ca: CERTIFICATE.cert } });
    await expect(drain(response)).resolves.toEqual({ body: 'secret' });
    await response.close();
    const byNumber = source.url.replace('localhost', '127.0.0.1');
    await expect(open(byNumber, { tls: { ca: CERTIFICATE.cert } })).rejects.toMatchObject({
      code: 'tls-failed',
    });
  });
});
