import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutputChannel } from '#contracts';
import { AllowedHosts } from '#runtime';
import { turn } from '#supervisor';
import { Attempts } from '../../../testing/attempts.js';
import { toTarget } from '../../targets/target.js';
import type { PluginContext, PluginResult } from '../plugin.js';
import { checkArguments } from '../plugin-arguments.js';
import { HttpPlugin } from './http.plugin.js';

const loopback = new AllowedHosts('TARGETS_ALLOWED', ['127.0.0.0/8', '::1/128']);
const attempts = new Attempts();

const sockets = new Set<Socket>();
const servers: Server[] = [];

async function listen(server: Server): Promise<string> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  switch (String(request.url)) {
    case '/health?of=edge':
      response.end(
        `all is well at ${request.headers.host} with ${String(request.headers['x-probe'])}`,
      );
      break;
    case '/echo':
      request.pipe(response);
      break;
    case '/moved':
      response.writeHead(302, { location: '/health?of=edge' }).end();
      break;
    case '/large':
      response.end('x'.repeat(5_000_000));
      break;
    case '/half':
      response.writeHead(200, { 'content-length': 100 });
      response.write('only this', () => response.destroy());
      break;
    case '/hang':
      break;
    case '/drip':
      response.write('a first piece, then nothing');
      break;
    default:
      response.writeHead(503).end('out of order');
  }
}

let web: string;
let gibberish: string;
let dead: string;

beforeAll(async () => {
  web = await listen(createServer(answer));
  gibberish = await listen(
    createTcpServer((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n')),
  );
  const closed = createTcpServer();
  dead = await listen(closed);
  closed.close();
  await once(closed, 'close');
});

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

interface Run {
  readonly result: Promise<PluginResult>;
  readonly abort: () => void;
  readonly printed: Readonly<Record<OutputChannel, string>>;
}

async function start(
  args: Record<string, unknown>,
  { target = web, allowed = loopback } = {},
): Promise<Run> {
  const plugin = new HttpPlugin(allowed);
  const printed = { stdout: '', stderr: '' };
  const checked = await checkArguments(plugin, args);
  const output: PluginContext['output'] = async (chunk, channel = 'stdout') => {
    printed[channel] += String(chunk);
  };
  return { ...(await attempts.run(plugin, toTarget(target), checked, output)), printed };
}

describe('a request', () => {
  it('goes to the target; the body is the output, address and times go beside it', async () => {
    const { result, printed } = await start({
      url: 'http://{target}/health?of=edge',
      headers: { 'x-probe': 'care' },
      expectBodyContains: 'all is well',
    });
    await expect(result).resolves.toEqual({ state: 'succeeded', httpStatus: 200 });
    expect(printed.stdout).toBe(`all is well at ${web} with care`);
    expect(JSON.parse(printed.stderr)).toEqual({
      status: 200,
      address: '127.0.0.1',
      dnsMs: expect.any(Number),
      connectMs: expect.any(Number),
      firstByteMs: expect.any(Number),
      totalMs: expect.any(Number),
      bytes: printed.stdout.length,
      truncated: false,
      found: true,
    });
  });

  it('leaves the user of a target out', async () => {
    const { result } = await start(
      { url: 'http://{target}/health?of=edge' },
      { target: `deploy@${web}` },
    );
    await expect(result).resolves.toMatchObject({ state: 'succeeded' });
  });

  it('carries method and body', async () => {
    const { result, printed } = await start({
      url: 'http://{target}/echo',
      method: 'POST',
      body: 'hi',
    });
    await result;
    expect(printed.stdout).toBe('hi');
  });

  it('is not redirected', async () => {
    const { result } = await start({ url: 'http://{target}/moved', expectStatus: [302] });
    await expect(result).resolves.toEqual({ state: 'succeeded', httpStatus: 302 });
  });

  it('reads no more than it may of a body', async () => {
    const { result, printed } = await start({
      url: 'http://{target}/large',
      maxBodyBytes: 100_000,
    });
    await expect(result).resolves.toMatchObject({ state: 'succeeded' });
    expect(printed.stdout).toHaveLength(100_000);
    expect(JSON.parse(printed.stderr)).toMatchObject({ bytes: 100_000, truncated: true });
  });

  it('leaves no connection behind', async () => {
    const { result } = await start({ url: 'http://{target}/health?of=edge' });
    await expect(result).resolves.toMatchObject({ state: 'succeeded' });
    while (sockets.size > 0) await turn();
  });
});

describe('a failed request', () => {
  const unexpected = { code: 'unexpected-response' };

  it.each([
    ['status', { url: 'http://{target}/' }, '503, not 200 to 299'],
    ['status', { url: 'http://{target}/', expectStatus: [200, 204] }, '503, not 200 or 204'],
    [
      'body',
      { url: 'http://{target}/health?of=edge', expectBodyContains: 'fire' },
      'does not contain',
    ],
  ])('has another %s than was asked for: %j', async (_what, args, message) => {
    const { result } = await start(args);
    await expect(result).resolves.toMatchObject({
      ...unexpected,
      state: 'failed',
      message: expect.stringContaining(message),
    });
  });

  it('found no one', async () => {
    const { result } = await start({ url: 'http://{target}/' }, { target: dead });
    await expect(result).rejects.toMatchObject({ code: 'target-unreachable', retryable: true });
  });

  it('names a host that does not resolve', async () => {
    const { result } = await start({ url: 'http://{host}/' }, { target: 'no-such-host.invalid' });
    await expect(result).rejects.toMatchObject({
      code: 'target-unreachable',
      message: expect.stringContaining('no-such-host.invalid does not resolve'),
    });
  });

  it('met somebody who does not speak HTTP', async () => {
    const { result } = await start({ url: 'http://{target}/' }, { target: gibberish });
    await expect(result).rejects.toMatchObject(unexpected);
  });

  it('lost its connection', async () => {
    const { result } = await start({ url: 'http://{target}/half' });
    await expect(result).rejects.toMatchObject({ code: 'connection-lost', retryable: true });
  });

  it('found no TLS where it was promised', async () => {
    const { result } = await start({ url: 'https://{target}/' });
    await expect(result).rejects.toMatchObject({ code: 'tls-failed' });
  });

  it.each([
    ['http://user:secret@{host}/', '127.0.0.1', 'names a user'],
    ['http://{target}:x/', '127.0.0.1', 'no URL'],
  ])('has a URL that is none: %s for %s', async (url, target, message) => {
    const { result } = await start({ url }, { target });
    await expect(result).rejects.toMatchObject({ code: 'invalid-args', retryable: false });
    await expect(result).rejects.toThrow(message);
    await expect(result).rejects.not.toThrow('secret');
  });
});

describe('an address that is not allowed', () => {
  it.each([
    ['by default', [], 'http://{target}/'],
    ['behind a name', ['*'], 'http://localhost/'],
    ['in another spelling', [], 'http://2130706433/'],
    ['as IPv6', [], 'http://[::ffff:127.0.0.1]/'],
  ])('is not connected to: %s', async (_how, entries, url) => {
    const { result } = await start(
      { url },
      { allowed: new AllowedHosts('TARGETS_ALLOWED', entries) },
    );
    await expect(result).rejects.toMatchObject({ code: 'target-not-allowed', retryable: false });
  });
});

describe('an aborted request', () => {
  it.each(['/hang', '/drip'])('ends at once, and its connection with it: %s', async (path) => {
    const { result, abort } = await start({ url: `http://{target}${path}` });
    while (sockets.size === 0) await turn();
    abort();
    await expect(result).resolves.toEqual({ state: 'aborted' });
    while (sockets.size > 0) await turn();
  });
});
