import { ListIndices, ListIndicesAnswered, type IndexSummary } from '#contracts';
import { pagesOf } from '../broker/pages.js';
import type { Session } from '../broker/session.js';
import { counted } from '../output/counts.js';
import { printable } from '../output/printable.js';
import { ago } from '../output/time.js';
import { ok, trouble, type Finding } from './finding.js';
import type { Hints } from './hints.js';
import { walkPages } from './walk-pages.js';

/** So many blocked indices are told one by one: a full disk blocks hundreds at once. */
const TOLD = 5;

const ALL_BLOCKED = 'signalbox index list --state blocked';

/** Indices that take no documents. */
export async function indexFindings(
  session: Pick<Session, 'ask'>,
  timeoutMs: number,
  hints: Hints,
): Promise<Finding[]> {
  const check = 'indices';
  const asked = { state: 'blocked' } as const;
  const pages = pagesOf(session, ListIndices, asked, ListIndicesAnswered, { timeoutMs });
  const told: IndexSummary[] = [];
  const { seen, complete } = await walkPages(pages, timeoutMs, ({ items }) => {
    told.push(...items.slice(0, TOLD - told.length));
  });
  if (seen === 0) return [ok(check, 'none is blocked')];
  const rest = seen - told.length;
  const more = complete ? '' : ' or more';
  return [
    ...told.map((item) => trouble(check, blockOf(item), lookAt(item.index, hints))),
    ...(rest > 0
      ? [trouble(check, `blocked as well: ${counted(rest, 'other')}${more}`, ALL_BLOCKED)]
      : []),
  ];
}

function blockOf({ index, since, reason = 'for no known reason' }: IndexSummary): string {
  const what = index === '*' ? 'the whole store' : index;
  return `${what} takes no documents, since ${ago(since)}: ${printable(reason)}; what waits is written by itself once it takes them`;
}

/** Where the store says what it lacks; the indexer itself tries again all the time. */
function lookAt(index: string, hints: Hints): string {
  return index === '*'
    ? hints.readiness('indexer', 'it says what the store lacks')
    : hints.settingsOf(index);
}
