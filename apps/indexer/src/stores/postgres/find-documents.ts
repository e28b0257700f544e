import type { JsonValue } from '#contracts';
import type { PoolClient } from 'pg';
import type { SearchPage, SearchRequest } from '../search-request.js';
import { searchStatements } from './search-statements.js';

interface HitRow {
  readonly index: string;
  readonly id: string;
  readonly score: number;
  /** Milliseconds since 1970; null for a document without an event time. */
  readonly time_ms: number | null;
  /** Null when it does not fit on the page any more. */
  readonly document: Readonly<Record<string, JsonValue>> | null;
}

/** Finds one page of documents, and counts all that match. */
export async function findDocuments(
  client: PoolClient,
  request: SearchRequest,
): Promise<SearchPage> {
  const statements = searchStatements(request);
  const counted = await client.query<{ total: number }>(statements.count);
  const { rows } = await client.query<HitRow>(statements.page);
  const hits = [];
  for (const { document, time_ms, ...place } of rows.slice(0, request.size)) {
    if (document === null) break;
    hits.push({ position: { ...place, timeMs: time_ms ?? undefined }, document });
  }
  return { hits, total: counted.rows[0]?.total ?? 0, more: rows.length > hits.length };
}
