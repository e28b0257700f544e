import { SearchDocuments, SearchDocumentsAnswered } from '#contracts';
import type { Session } from '../broker/session.js';
import { counted } from '../output/counts.js';

/** What the stores count up to: beyond, a total says nothing. */
const COUNTED_UP_TO = 10_000;

/**
 * How many documents fit a search but for its limits of time, because they have no time at all; no limit of time finds those. 0
 * where there are too many documents to tell.
 */
export async function undatedCount(
  session: Pick<Session, 'ask'>,
  { index, query, sort }: SearchDocuments,
): Promise<number> {
  const count = async (range: Pick<SearchDocuments, 'from'>): Promise<number> => {
    const search = { index, query, sort, size: 1, ...range };
    return (await session.ask(SearchDocuments, search, SearchDocumentsAnswered)).total;
  };
  const [all, dated] = await Promise.all([count({}), count({ from: 0 })]);
  return all < COUNTED_UP_TO ? all - dated : 0;
}

/** That they were left out, and what to do. */
export function undatedNote(count: number): string {
  return `${counted(count, 'document')} without a time left out; search without --since and --until to see them too`;
}
