import { type ParsedQuery, parseQuery } from '../../search/parse-query.js';
import {
  MAX_COUNTED_HITS,
  MAX_PAGE_BYTES,
  type SearchPosition,
  type SearchRequest,
} from '../search-request.js';
import { timestampText } from './event-time.js';
import { WORD_SEPARATORS } from './migrations.js';

/** A statement with the values it refers to. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

const NO_TIME = `timestamptz '-infinity'`;

/** The statements of a search: how many documents match, and a page of them with one row more than asked for. */
export function searchStatements(request: SearchRequest): {
  readonly count: Statement;
  readonly page: Statement;
} {
  const values = new Values();
  const { matching, score } = whatMatches(request, values);
  const count = {
    text: `select count(*)::int as total from (select ${matching} limit ${MAX_COUNTED_HITS}) as counted`,
    values: values.soFar(),
  };
  const columns = [...(request.sort === 'relevance' ? ['score'] : []), 'event_time', 'index', 'id'];
  const direction = request.sort === 'oldest' ? 'asc' : 'desc';
  const order = columns.map((column) => `${column} ${direction}`).join(', ');
  const page = `
    with found as (select index, id, event_time, document, ${score} as score ${matching}),
    page as (
      select * from found ${whatIsBehind(request, columns, values)}
      order by ${order} limit ${request.size + 1}
    ),
    sized as (
      select *, sum(octet_length(document::text)) over ordered as bytes, row_number() over ordered as number
      from page window ordered as (order by ${order})
    )
    select index, id, score,
      case when isfinite(event_time) then (extract(epoch from event_time) * 1000)::float8 end as time_ms,
      case when number = 1 or bytes <= ${MAX_PAGE_BYTES} then document end as document
    from sized order by number`;
  return { count, page: { text: page, values: values.soFar() } };
}

/** The conditions of a search, and the expression of its score. */
function whatMatches(
  { index, query, fromMs, toMs }: SearchRequest,
  values: Values,
): { readonly matching: string; readonly score: string } {
  const conditions = [indexMatches(index, values)];
  const words = websearchText(parseQuery(query));
  const tsquery = words && `websearch_to_tsquery('simple', ${values.add(words)})`;
  if (tsquery) conditions.push(`words @@ ${tsquery}`);
  if (fromMs !== undefined) conditions.push(`event_time >= ${time(fromMs, values)}`);
  if (toMs !== undefined) {
    conditions.push(`event_time < ${time(toMs, values)}`, `event_time > ${NO_TIME}`);
  }
  return {
    matching: `from indexer.documents where ${conditions.join(' and ')}`,
    score: tsquery ? `ts_rank(words, ${tsquery})` : '0::real',
  };
}

function whatIsBehind(request: SearchRequest, columns: readonly string[], values: Values): string {
  const { after, sort } = request;
  if (after === undefined) return '';
  const value: Record<string, () => string> = {
    score: () => `${values.add(after.score)}::real`,
    event_time: () => time(after.timeMs, values),
    index: () => values.add(after.index),
    id: () => values.add(after.id),
  };
  const place = columns.map((column) => value[column]?.());
  return `where (${columns.join(', ')}) ${sort === 'oldest' ? '>' : '<'} (${place.join(', ')})`;
}

function indexMatches(pattern: string, values: Values): string {
  if (!pattern.includes('*')) return `index = ${values.add(pattern)}`;
  // The name of an index holds neither % nor _.
  return `index like ${values.add(pattern.replaceAll('*', '%'))}`;
}

function time(ms: SearchPosition['timeMs'], values: Values): string {
  return ms === undefined ? NO_TIME : `${values.add(timestampText(ms))}::timestamptz`;
}

/** The query as `websearch_to_tsquery` reads it, everything in quotes; empty when there is nothing to look for. */
function websearchText(query: ParsedQuery): string {
  const quoted = (term: string): string => `"${separated(term)}"`;
  return query
    .map(({ wanted, unwanted }) =>
      [...wanted.map(quoted), ...unwanted.map((term) => `-${quoted(term)}`)].join(' '),
    )
    .join(' or ');
}

/** A term with the separators replaced that are replaced in documents too. */
function separated(term: string): string {
  return Array.from(term, (letter) => (WORD_SEPARATORS.includes(letter) ? ' ' : letter)).join('');
}

/** The values of a statement; adding one gives the place-holder that refers to it. */
class Values {
  private readonly values: unknown[] = [];

  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  soFar(): readonly unknown[] {
    return [...this.values];
  }
}
