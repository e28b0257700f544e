import type { BulkAnswer } from '../bisect.js';
import { allAre, DONE, DUPLICATE, type ItemClass, type ItemResult } from '../item-result.js';
import { type HttpAnswer, reasonOf } from './http.js';

interface BulkError {
  readonly type?: string;
  readonly reason?: string;
  readonly caused_by?: BulkError;
}

interface BulkItem {
  readonly status?: number;
  readonly error?: BulkError;
}

/** Errors with status 400 or 404 that are the configuration's fault, not the document's. */
const CONFIGURATION_TYPES = new Set([
  'index_closed_exception',
  'index_not_found_exception',
  'invalid_index_name_exception',
  'invalid_alias_name_exception',
]);

/** "this action would add [2] total shards, but this cluster currently has [1000]/[1000] maximum shards open" */
const SHARD_LIMIT = /maximum (?:\w+ )?shards open/;

/**
 * What the answer to a `_bulk` of `count` creations says. A list of another length than was sent cannot be assigned to
 * the documents: what became of them is unknown.
 */
export function bulkAnswer(answer: HttpAnswer, count: number): BulkAnswer {
  const { status } = answer;
  if (status !== 200) return refusal(answer, count);
  const { items } = (answer.body ?? {}) as { items?: unknown };
  if (!Array.isArray(items) || items.length !== count) {
    const listed = Array.isArray(items) ? items.length : 'no';
    const reason = `the store answered about ${listed} of ${count} documents`;
    return { results: allAre(count, { class: 'unknown', reason }) };
  }
  return { results: items.map((item: { create?: BulkItem }) => itemResult(item.create ?? {})) };
}

function refusal(answer: HttpAnswer, count: number): BulkAnswer {
  const reason = reasonOf(answer);
  switch (answer.status) {
    case 400:
      return { refused: { class: 'poison', reason } };
    case 413:
      return { refused: { class: 'too-large', reason } };
    case 429:
      return { results: allAre(count, { class: 'backpressure', reason }) };
    case 401:
    case 403:
      return { results: allAre(count, { class: 'auth', reason }) };
    default:
      return { results: allAre(count, { class: 'unknown', reason }) };
  }
}

/** What one item of the answer says about its document. */
export function itemResult({ status = 0, error = {} }: BulkItem): ItemResult {
  if (status === 200 || status === 201) return DONE;
  if (status === 409) return DUPLICATE;
  return { class: itemClass(status, error), reason: describe(status, error) };
}

function itemClass(status: number, { type = '', reason = '' }: BulkError): ItemClass {
  if (type === 'cluster_block_exception') return 'blocked';
  if (status === 429) return 'backpressure';
  if (status === 401 || status === 403) return 'auth';
  if (status >= 500 || type === 'unavailable_shards_exception') return 'transient';
  if (status === 404 || CONFIGURATION_TYPES.has(type) || SHARD_LIMIT.test(reason))
    return 'misconfigured';
  if (status === 413) return 'too-large';
  if (status >= 400) return 'poison';
  return 'unknown';
}

function describe(status: number, { type, reason, caused_by }: BulkError): string {
  const cause = caused_by?.reason && ` (${caused_by.reason})`;
  return `${type ?? `HTTP ${status}`}: ${reason ?? 'no reason given'}${cause ?? ''}`;
}
