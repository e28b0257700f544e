import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IndexDocument, SearchSort } from '#contracts';
import { openSearchUrl } from '../../../../tools/testing/servers.ts';
import { openSearchTestStore, postgresTestStore, type TestStore } from '../../testing/stores.js';
import type { SearchPosition, SearchRequest } from './search-request.js';

const { signal } = new AbortController();

function doc(index: string, id: string, source: object | string): IndexDocument {
  const json = typeof source === 'string' ? source : JSON.stringify(source);
  return { index, id, source: Buffer.from(json) };
}

/** What every store promises. */
function conformance(create: () => Promise<TestStore>): void {
  let test: TestStore;

  beforeAll(async () => {
    test = await create();
    await test.store.open(signal);
  });
  afterAll(async () => test.close());

  const name = (suffix: string): string => `${test.prefix}-${suffix}`;
  const write = (...documents: IndexDocument[]) => test.store.write(documents, signal);
  const classes = async (...documents: IndexDocument[]) =>
    (await write(...documents)).map((result) => result.class);
  const search = async (index: string, request: Partial<SearchRequest> = {}) =>
    test.store.search(
      { index: name(index), query: '', sort: 'newest', size: 10, ...request },
      signal,
    );
  const idsOf = async (index: string, request: Partial<SearchRequest> = {}) =>
    (await search(index, request)).hits.map(({ position }) => position.id);

  describe('writing', () => {
    it('opens twice', async () => {
      await expect(test.store.open(signal)).resolves.toBeUndefined();
    });

    it('answers a probe', async () => {
      await expect(test.store.probe(signal)).resolves.toBeUndefined();
    });

    it('writes documents, and tells those that were there already apart', async () => {
      const index = name('dup');
      expect(await classes(doc(index, 'a', { n: 1 }), doc(index, 'b', { n: 2 }))).toEqual([
        'done',
        'done',
      ]);
      expect(
        await classes(
          doc(index, 'b', { n: 3 }),
          doc(index, 'c', { n: 4 }),
          doc(index, 'a', { n: 5 }),
          doc(index, 'c', { n: 6 }),
        ),
      ).toEqual(['duplicate', 'done', 'duplicate', 'duplicate']);
    });

    it('leaves a document as it was first written', async () => {
      const index = name('first');
      await write(doc(index, 'a', { text: 'first' }));
      await write(doc(index, 'a', { text: 'second' }));
      await test.refresh();
      const { hits } = await search('first');
      expect(hits.map(({ document }) => document)).toEqual([{ text: 'first' }]);
    });

    it('keeps the same id in different indices apart', async () => {
      expect(await classes(doc(name('one'), 'x', {}), doc(name('two'), 'x', {}))).toEqual([
        'done',
        'done',
      ]);
    });

    it('writes every good document of a bulk, and says which ones are poison and why', async () => {
      const index = name('poison');
      const documents = Array.from({ length: 50 }, (_, n) => doc(index, `d${n}`, { n }));
      documents[7] = doc(index, 'd7', '{"broken":}');
      documents[31] = doc(index, 'd31', '{"unclosed":"}');
      const results = await write(...documents);
      const bad = results.flatMap((result, at) => (result.class === 'done' ? [] : [at]));
      expect(bad).toEqual([7, 31]);
      for (const at of bad) {
        expect(results[at]).toEqual({ class: 'poison', reason: expect.any(String) });
      }
    });

    it('takes every text that JSON can hold', async () => {
      const index = name('texts');
      const documents = [
        doc(index, 'nul', String.raw`{"t":"a\u0000b"}`),
        doc(index, 'lone', String.raw`{"t":"a\ud800b"}`),
        doc(index, 'pair', String.raw`{"t":"\ud83d\ude00 😀"}`),
        doc(index, 'quotes', JSON.stringify({ t: '\\ " \n \t { } \' ,' })),
        doc(index, 'long', JSON.stringify({ t: 'x'.repeat(100_000) })),
        doc(index, 'nested', JSON.stringify({ o: { o: { o: [{ a: null }, { a: [] }] } } })),
      ];
      expect(await classes(...documents)).toEqual(documents.map(() => 'done'));
    });

    it('writes ids of every kind', async () => {
      const index = name('ids');
      const ids = ['zX8mFf0c4Jk3pYh2nT1QyA', '-_', 'a b', '"quoted"', 'ünïcödé', 'x'.repeat(512)];
      expect(await classes(...ids.map((id) => doc(index, id, {})))).toEqual(ids.map(() => 'done'));
      await test.refresh();
      expect(await idsOf('ids', { sort: 'oldest' })).toEqual(
        ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
    });

    it('creates each document once when the same ones are written at the same time', async () => {
      const index = name('race');
      const documents = Array.from({ length: 200 }, (_, n) => doc(index, `d${n}`, { n }));
      const all = await Promise.all(
        [documents, documents.toReversed(), documents].map((some) => classes(...some)),
      );
      const done = all.flat().filter((result) => result === 'done');
      expect(
        all.flat().every((result) => ['done', 'duplicate', 'transient'].includes(result)),
      ).toBe(true);
      expect(done).toHaveLength(200);
    });

    it('throws the reason of its signal', async () => {
      const reason = new Error('enough');
      await expect(
        test.store.write([doc(name('aborted'), 'a', {})], AbortSignal.abort(reason)),
      ).rejects.toBe(reason);
      const controller = new AbortController();
      const writing = test.store.write([doc(name('aborted'), 'b', {})], controller.signal);
      controller.abort(reason);
      await expect(writing).rejects.toBe(reason);
    });
  });

  describe('searching', () => {
    const at = (second: number): string =>
      new Date(Date.UTC(2025, 10, 24, 10, 0, second)).toISOString();

    beforeAll(async () => {
      await write(
        doc(name('log-2025.11.24'), 'a', {
          '@timestamp': at(1),
          host: 'web-01.example.net',
          message: 'Failed password for root from 10.0.0.1 port 22',
          code: 401,
        }),
        doc(name('log-2025.11.24'), 'b', {
          '@timestamp': at(2),
          host: 'web-02.example.net',
          message: 'Accepted password for admin sshd[24200]: user=admin',
          nested: { deep: ['upstream timed out'] },
        }),
        doc(name('log-2025.11.25'), 'c', {
          '@timestamp': at(3),
          message: 'cannot open /var/log/syslog for ops@example.net',
          ok: true,
        }),
        doc(name('log-late'), 'd', { message: 'Grüße aus Köln, ohne Zeit' }),
        doc(name('other'), 'e', { '@timestamp': at(4), message: 'password of another index' }),
      );
      await test.refresh();
    });

    it.each<[string, string, string[]]>([
      ['everything for an empty query', '', ['c', 'b', 'a', 'd']],
      ['a word, whatever its case', 'PASSWORD', ['b', 'a']],
      ['words that stand apart, in any order', 'root failed', ['a']],
      ['words in different fields', 'web-01.example.net failed', ['a']],
      ['a phrase', '"password for root"', ['a']],
      ['no phrase out of order', '"root for password"', []],
      ['no phrase across fields', '"port 22 web"', []],
      ['without a word', 'password -root', ['b']],
      ['without a phrase', 'password -"for root"', ['b']],
      ['only without', '-password', ['c', 'd']],
      ['one or the other', 'root OR köln', ['a', 'd']],
      ['groups of words joined by OR', 'password root OR syslog', ['c', 'a']],
      ['OR before words', 'syslog OR password root', ['c', 'a']],
      ['without, on one side of OR', 'syslog OR password -root', ['c', 'b']],
      ['or as a word', 'root or köln', []],
      ['a number in a text', '24200', ['b']],
      ['a number', '401', ['a']],
      ['a boolean', 'true', ['c']],
      ['an address', '10.0.0.1', ['a']],
      ['no part of a word', 'pass', []],
      ['a part of a path', 'syslog', ['c']],
      ['a whole path', '/var/log/syslog', ['c']],
      ['a part of a name with hyphens', 'web', ['b', 'a']],
      ['a mail address by its user', 'ops', ['c']],
      ['a text inside', 'upstream', ['b']],
      ['key=value by its value', 'admin', ['b']],
      ['letters of other scripts', 'grüße', ['d']],
      ['with punctuation that means nothing', 'password !! ( & | root:*', ['a']],
      ['nothing for a word that is not there', 'nobody', []],
    ])('finds %s', async (_, query, expected) => {
      expect(await idsOf('log-*', { query })).toEqual(expected);
    });

    it.each<[SearchSort, string[]]>([
      ['newest', ['c', 'b', 'a', 'd']],
      ['oldest', ['d', 'a', 'b', 'c']],
      ['relevance', ['c', 'b', 'a', 'd']],
    ])('sorts by %s', async (sort, expected) => {
      expect(await idsOf('log-*', { sort })).toEqual(expected);
    });

    it('puts what fits best first', async () => {
      await write(
        doc(name('rank'), 'weak', {
          message: 'timeout and many other words that have nothing to do with it',
        }),
        doc(name('rank'), 'strong', { message: 'timeout timeout', more: 'timeout' }),
      );
      await test.refresh();
      const { hits } = await search('rank', { query: 'timeout', sort: 'relevance' });
      expect(hits.map(({ position }) => position.id)).toEqual(['strong', 'weak']);
      expect(hits[0]?.position.score).toBeGreaterThan(hits[1]?.position.score ?? Infinity);
    });

    it.each<[string, string[]]>([
      ['log-2025.11.24', ['b', 'a']],
      ['log-2025.11.*', ['c', 'b', 'a']],
      ['*', ['e', 'c', 'b', 'a']],
      ['nothing-here', []],
      ['nothing-*', []],
    ])('looks into the index %s', async (index, expected) => {
      expect(await idsOf(index, { fromMs: 1 })).toEqual(expected);
    });

    it.each<[string, { fromMs?: number; toMs?: number }, string[]]>([
      ['from', { fromMs: Date.parse(at(2)) }, ['c', 'b']],
      ['to', { toMs: Date.parse(at(2)) }, ['a']],
      ['from and to', { fromMs: Date.parse(at(1)), toMs: Date.parse(at(3)) }, ['b', 'a']],
      ['from zero', { fromMs: 0 }, ['c', 'b', 'a']],
    ])('keeps to a time: %s', async (_, range, expected) => {
      expect(await idsOf('log-*', range)).toEqual(expected);
    });

    it('returns the document as it was written, its place and its time', async () => {
      const { hits, total } = await search('log-*', { query: 'syslog' });
      expect(total).toBe(1);
      expect(hits).toEqual([
        {
          position: {
            index: name('log-2025.11.25'),
            id: 'c',
            timeMs: Date.parse(at(3)),
            score: expect.any(Number),
          },
          document: {
            '@timestamp': at(3),
            message: 'cannot open /var/log/syslog for ops@example.net',
            ok: true,
          },
        },
      ]);
    });

    it.each<SearchSort>(['newest', 'oldest', 'relevance'])(
      'pages through everything once, in order of %s, past equal times and no times',
      async (sort) => {
        const index = `pages-${sort}`;
        const documents = Array.from({ length: 23 }, (_, n) =>
          doc(name(`${index}-${n % 2}`), `p${n}`, {
            ...(n < 15 && { '@timestamp': at(n % 3) }),
            message: 'page '.repeat(1 + (n % 2)),
          }),
        );
        await write(...documents);
        await test.refresh();
        const request = { query: 'page', sort };
        const inOnePage = await idsOf(`${index}-*`, { ...request, size: 100 });
        expect(new Set(inOnePage).size).toBe(23);
        const paged: string[] = [];
        let after: SearchPosition | undefined;
        for (let more = true; more;) {
          const page = await search(`${index}-*`, { ...request, size: 4, after });
          expect(page.total).toBe(23);
          paged.push(...page.hits.map(({ position }) => position.id));
          after = page.hits.at(-1)?.position;
          ({ more } = page);
        }
        expect(paged).toEqual(inOnePage);
      },
    );

    it('cuts a page short rather than returning more than it may hold', async () => {
      const documents = Array.from({ length: 30 }, (_, n) =>
        doc(name('large'), `l${String(n).padStart(2, '0')}`, {
          t: `${'x'.repeat(3_000)} `.repeat(160),
        }),
      );
      for (const document of documents) await write(document);
      await test.refresh();
      const page = await search('large', { size: 30, sort: 'oldest' });
      expect(page.hits.length).toBeGreaterThanOrEqual(1);
      expect(page.hits.length).toBeLessThan(30);
      expect(page.more).toBe(true);
      const next = await search('large', {
        size: 1,
        sort: 'oldest',
        after: page.hits.at(-1)?.position,
      });
      expect(next.hits[0]?.position.id).toBe(documents[page.hits.length]?.id);
    }, 20_000);

    it('finds nothing, or says that it does not understand, for a text that cannot be searched for', async () => {
      const found = await idsOf('log-*', { query: 'pass\0word' }).catch((error: unknown) => error);
      expect([[], expect.objectContaining({ code: 'invalid-query' })]).toContainEqual(found);
    });

    it('throws the reason of its signal', async () => {
      const reason = new Error('enough');
      const request = { index: name('log-*'), query: '', sort: 'newest', size: 1 } as const;
      await expect(test.store.search(request, AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });

  it('closes twice', async () => {
    const other = await create();
    await other.store.open(signal);
    await expect(other.store.close()).resolves.toBeUndefined();
    await other.close();
  });
}

describe('documents in PostgreSQL', () => {
  conformance(postgresTestStore);
});

(openSearchUrl() === undefined ? describe.skip : describe)('documents in OpenSearch', () => {
  conformance(openSearchTestStore);
});
