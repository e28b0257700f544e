import type { JsonValue, SearchSort } from '#contracts';
import { parseQuery, type QueryGroup } from '../../search/parse-query.js';
import {
  MAX_COUNTED_HITS,
  type SearchPage,
  type SearchPosition,
  type SearchRequest,
} from '../search-request.js';

/** A clause of the query DSL. */
type Clause = Readonly<Record<string, unknown>>;

/** Stands for "no event time" where sort values travel as numbers: long before the year 1. */
const NO_TIME_MS = -100_000_000_000_000;

/** The body of `_search`. One hit more than asked for tells whether there is a next page. */
export function searchBody(request: SearchRequest, timeField: string, size: number): object {
  const { query, sort, after } = request;
  return {
    size: size + 1,
    track_total_hits: MAX_COUNTED_HITS,
    track_scores: true,
    query: {
      bool: {
        must: [queryClause(query)],
        filter: rangeClauses(request, timeField),
      },
    },
    sort: sortBy(sort, timeField),
    ...(after && { search_after: sortValues(sort, after) }),
  };
}

/** What `_search` answers, as far as it is read. */
export interface SearchAnswer {
  readonly hits?: {
    readonly total?: { readonly value: number };
    readonly hits?: readonly {
      readonly _index: string;
      readonly _id: string;
      readonly _score: number | null;
      readonly _source: Readonly<Record<string, JsonValue>>;
      readonly sort: readonly (number | string)[];
    }[];
  };
}

/** The page that was found; at most `size` hits. */
export function pageOf(answer: SearchAnswer, sort: SearchSort, size: number): SearchPage {
  const found = answer.hits?.hits ?? [];
  const hits = found.slice(0, size).map((hit) => {
    const timeMs = Number(hit.sort[sort === 'relevance' ? 1 : 0]);
    return {
      position: {
        score: hit._score ?? 0,
        timeMs: timeMs === NO_TIME_MS ? undefined : timeMs,
        index: hit._index,
        id: hit._id,
      },
      document: hit._source,
    };
  });
  const total = Math.min(answer.hits?.total?.value ?? 0, MAX_COUNTED_HITS);
  return { hits, total, more: found.length > hits.length };
}

function queryClause(query: string): Clause {
  const groups = parseQuery(query);
  // Every document then scores the same, as it does in other stores.
  if (groups.length === 0) return { constant_score: { filter: { match_all: {} }, boost: 0 } };
  return { bool: { should: groups.map(groupClause), minimum_should_match: 1 } };
}

function groupClause({ wanted, unwanted }: QueryGroup): Clause {
  return { bool: { must: wanted.map(phraseClause), must_not: unwanted.map(phraseClause) } };
}

/** The words of a term stand side by side in a field; `lenient`: fields of other types do not match instead of failing. */
function phraseClause(term: string): Clause {
  return { multi_match: { query: term, type: 'phrase', fields: ['*'], lenient: true } };
}

function rangeClauses({ fromMs, toMs }: SearchRequest, timeField: string): Clause[] {
  if (fromMs === undefined && toMs === undefined) return [];
  return [{ range: { [timeField]: { gte: fromMs, lt: toMs, format: 'epoch_millis' } } }];
}

function sortBy(sort: SearchSort, timeField: string): Clause[] {
  const order = sort === 'oldest' ? 'asc' : 'desc';
  return [
    ...(sort === 'relevance' ? [{ _score: 'desc' }] : []),
    { [timeField]: { order, missing: NO_TIME_MS, unmapped_type: 'date' } },
    { _index: order },
    { _id: order },
  ];
}

function sortValues(sort: SearchSort, { score, timeMs, index, id }: SearchPosition): unknown[] {
  return [...(sort === 'relevance' ? [score] : []), timeMs ?? NO_TIME_MS, index, id];
}
