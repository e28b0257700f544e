import { describe, expect, it } from '@jest/globals';
import type { IndexSummary, ListIndices } from '#contracts';
import { index, many } from '../../testing/recorded.ts';
import { Hints } from './hints.js';
import { indexFindings } from './index-findings.js';

const blocked = (name: string): IndexSummary => {
  const reason = 'read-only:\n\u001b[2Jdisk full';
  return index(name, { state: 'blocked', reason, since: Date.now() - 12 * 60_000 });
};

const hints = new Hints({ vhost: '/', mesh: undefined, workingDirectory: '/' });

describe('the indices', () => {
  const findings = (items: readonly IndexSummary[], forMs = 1_000) => {
    const ask = async (_: unknown, { cursor = '0' }: ListIndices) => {
      const next = Number(cursor) + 100;
      const page = items.slice(Number(cursor), next);
      return { items: page, ...(next < items.length && { nextCursor: String(next) }) } as never;
    };
    return indexFindings({ ask: ask as never }, forMs, hints);
  };

  it('are fine when none is blocked', async () => {
    expect(await findings([])).toEqual([
      { check: 'indices', state: 'ok', says: 'none is blocked' },
    ]);
  });

  it('that are blocked say why and since when; what the store says moves no cursor', async () => {
    expect(await findings([blocked('*'), blocked('edge')])).toEqual([
      {
        check: 'indices',
        state: 'trouble',
        says: 'the whole store takes no documents, since 12 min ago: read-only:\\u000a\\u001b[2Jdisk full; what waits is written by itself once it takes them',
        next: expect.stringMatching(/^curl .*\/health\/ready {3}\(of indexer/),
      },
      {
        check: 'indices',
        state: 'trouble',
        says: expect.stringMatching(/^edge takes no documents, since 12 min ago: read-only/),
        next: expect.stringMatching(/^curl SEARCH_URL\/edge\/_settings /),
      },
    ]);
  });

  it.each([
    [6, 1_000, '1 other'],
    [8, 1_000, '3 others'],
    [250, 1_000, '245 others'],
    [250, 0, '95 others or more'],
  ])('are told one by one but for many: %d, looked at for %d ms', async (count, forMs, others) => {
    const indices = many(count, (n) => blocked(`app-${n}`));
    const found = await findings(indices, forMs);
    expect(found).toHaveLength(6);
    expect(found.at(-1)).toEqual({
      check: 'indices',
      state: 'trouble',
      says: `blocked as well: ${others}`,
      next: 'signalbox index list --state blocked',
    });
  });
});
