import { describe, expect, it } from '@jest/globals';
import { checkMessage, SearchDocuments } from '#contracts';
import type { Session } from '../broker/session.js';
import { undatedCount, undatedNote } from './undated.js';

/** A store with so many documents, of which so many have a time. */
function storeOf(all: number, dated: number): Pick<Session, 'ask'> {
  const ask = async (_query: unknown, { from }: SearchDocuments) => ({
    total: from === undefined ? all : dated,
  });
  return { ask } as unknown as Pick<Session, 'ask'>;
}

const search = checkMessage(SearchDocuments, { index: 'runs', query: 'x', from: 1, to: 2 });

describe('documents without a time', () => {
  it('are counted whatever limits of time the search has', async () => {
    expect(await undatedCount(storeOf(7, 4), search)).toBe(3);
    expect(await undatedCount(storeOf(7, 7), search)).toBe(0);
    expect(await undatedCount(storeOf(10_000, 10_000), search)).toBe(0);
  });

  it('are told of, with what to do', () => {
    expect(undatedNote(1)).toMatch(/^1 document without a time left out; search without --since/);
  });
});
