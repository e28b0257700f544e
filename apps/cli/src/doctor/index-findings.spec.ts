import { describe, expect, it } from '@jest/globals';
import type { IndexSummary, ListIndices } from '#contracts';
import { Hints } from './hints.js';
import { indexFindings } from './index-findings.js';

const blocked = (index: string): IndexSummary => ({
  index,
  state: 'blocked',
  reason: 'read-only:\n\u001b[2Jdisk full',
  since: Date.now() - 12 * 60_000,
  instanceId: '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1',
  written: 0,
  duplicates: 0,
  rejected: 0,
  parked: 0,
});
const many = (count: number) => Array.from({ length: count }, (_, n) => blocked(`app-${n}`));

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
    const found = await findings(many(count), forMs);
    expect(found).toHaveLength(6);
    expect(found.at(-1)).toEqual({
      check: 'indices',
      state: 'trouble',
      says: `blocked as well: ${others}`,
      next: 'signalbox index list --state blocked',
    });
  });
});
