import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSearchUrl } from '../../../../../tools/testing/servers.ts';
import { call, openSearchTestStore, type TestStore } from '../../../testing/stores.js';

const { signal } = new AbortController();

/** Faults of a real OpenSearch: each stops its own documents and no others. */
(openSearchUrl() === undefined ? describe.skip : describe)('an OpenSearch in trouble', () => {
  let test: TestStore;

  beforeAll(async () => {
    test = await openSearchTestStore();
    await test.store.open(signal);
  });
  afterAll(async () => test.close());

  const name = (suffix: string): string => `${test.prefix}-${suffix}`;

  async function writeTo(...indices: string[]): Promise<(string | undefined)[][]> {
    const source = Buffer.from('{"text":"x"}');
    const documents = indices.map((index, n) => ({ index: name(index), id: `d${n}`, source }));
    const results = await test.store.write(documents, signal);
    return results.map((result) => [result.class, result.reason]);
  }

  it.each<[string, string, () => Promise<void>, string]>([
    [
      'a block for lack of disk',
      'full',
      () =>
        call(test.url, 'PUT', name('full'), {
          settings: { 'index.blocks.read_only_allow_delete': true },
        }),
      'blocked',
    ],
    [
      'a read-only index',
      'readonly',
      () => call(test.url, 'PUT', name('readonly'), { settings: { 'index.blocks.write': true } }),
      'blocked',
    ],
    [
      'a closed index',
      'closed',
      async () => {
        await call(test.url, 'PUT', name('closed'), {});
        await call(test.url, 'POST', `${name('closed')}/_close`);
      },
      'misconfigured',
    ],
    [
      'a strict mapping',
      'strict',
      () => call(test.url, 'PUT', name('strict'), { mappings: { dynamic: 'strict' } }),
      'poison',
    ],
  ])('stops the documents of %s only', async (_, index, prepare, expected) => {
    await prepare();
    expect(await writeTo(index, `${index}-healthy`)).toEqual([
      [expected, expect.any(String)],
      ['done', undefined],
    ]);
  });
});
