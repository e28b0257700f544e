import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { DocumentStore } from './document-store.js';
import { storeOf } from './store-of.js';

const { signal } = new AbortController();
const DOCUMENT = { index: 'lines', id: 'a', source: Buffer.from('{}') };

/** Nothing listens on the port: the connection is refused at once. */
const NOWHERE = [
  ['PostgreSQL', 'postgres://who:secret@127.0.0.1:1/signalbox'],
  ['OpenSearch', 'http://who:secret@127.0.0.1:1'],
] as const;

let store: DocumentStore;

afterEach(async () => store.close());

function open(url: string): DocumentStore {
  return storeOf({ url, timeField: '@timestamp', connections: 2, timeoutMs: 1_000 });
}

describe.each(NOWHERE)('a %s that is not there', (_, url) => {
  it('says on every way where it was looked for and what to do, and keeps the password', async () => {
    store = open(url);
    const search = { index: '*', query: '', sort: 'newest', size: 1 } as const;
    const attempts = [
      () => store.open(signal),
      () => store.probe(signal),
      () => store.search(search, signal),
    ];
    for (const attempt of attempts) {
      const error = await attempt().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'dependency-unavailable', retryable: true });
      expect(String(error)).toMatch(/127\.0\.0\.1:1.*SEARCH_URL/);
      expect(String(error)).not.toContain('secret');
    }
  });

  it('leaves unknown what became of documents', async () => {
    store = open(url);
    expect(await store.write([DOCUMENT, DOCUMENT], signal)).toEqual([
      { class: 'unknown', reason: expect.any(String) },
      { class: 'unknown', reason: expect.any(String) },
    ]);
  });
});

describe.each([
  ['PostgreSQL', 'postgres'],
  ['OpenSearch', 'http'],
])('a %s that accepts connections and says nothing', (_, protocol) => {
  it('is waited for no longer than the signal allows', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket.resume()));
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    store = open(`${protocol}://127.0.0.1:${(mute.address() as AddressInfo).port}`);
    const controller = new AbortController();
    const connected = once(mute, 'connection');
    const probing = store.probe(controller.signal);
    await connected;
    const reason = new Error('the indexer is closing');
    controller.abort(reason);
    await expect(probing).rejects.toBe(reason);
    for (const socket of sockets) socket.destroy();
    await once(mute.close(), 'close');
  });
});

describe('a PostgreSQL without the database', () => {
  it('is a question of settings, not of time', async () => {
    const url = new URL(process.env.DATABASE_URL ?? '');
    url.pathname = '/nobody-made-this';
    store = open(url.href);
    await expect(store.open(signal)).rejects.toThrow(
      /nobody-made-this.*does not exist.*SEARCH_URL/,
    );
    expect(await store.write([DOCUMENT], signal)).toEqual([
      { class: 'auth', reason: expect.stringContaining('does not exist') },
    ]);
  });
});
