import { ListIndices, ListIndicesAnswered, checkMessage, type IndexSummary } from '#contracts';
import type { Session } from '../broker/session.js';
import { counted } from '../output/counts.js';
import { printable } from '../output/printable.js';
import { ago } from '../output/time.js';
import { ok, readinessOf, trouble, type Finding } from './finding.js';

/** So many blocked indices are told one by one: a full disk blocks hundreds at once. */
const TOLD = 5;

const ALL_BLOCKED = 'signalbox index list --state blocked';

/** Indices that take no documents. */
export async function indexFindings(
  session: Pick<Session, 'ask'>,
  timeoutMs: number,
): Promise<Finding[]> {
  const check = 'indices';
  const query = checkMessage(ListIndices, { state: 'blocked', limit: 100 });
  const page = await session.ask(ListIndices, query, ListIndicesAnswered, { timeoutMs });
  if (page.items.length === 0) return [ok(check, 'none is blocked')];
  const rest = page.items.length - TOLD;
  const more = page.nextCursor === undefined ? '' : ' or more';
  return [
    ...page.items.slice(0, TOLD).map((item) => trouble(check, blockOf(item), lookAt(item.index))),
    ...(rest > 0
      ? [trouble(check, `blocked as well: ${counted(rest, 'other')}${more}`, ALL_BLOCKED)]
      : []),
  ];
}

function blockOf({ index, since, reason = 'for no known reason' }: IndexSummary): string {
  const what = index === '*' ? 'the whole store' : index;
  return `${what} takes no documents, since ${ago(since)}: ${printable(reason)}`;
}

/** Where the store says what it lacks; the indexer itself tries again all the time. */
function lookAt(index: string): string {
  return index === '*'
    ? readinessOf('indexer: it says what the store lacks')
    : `curl SEARCH_URL/${index}/_settings   (PostgreSQL: psql SEARCH_URL -c 'show transaction_read_only'; what waits is written by itself once the index takes it)`;
}
