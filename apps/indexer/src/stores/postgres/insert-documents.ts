import type { IndexDocument } from '#contracts';
import type { PoolClient } from 'pg';
import { DONE, DUPLICATE, type ItemResult } from '../item-result.js';
import { jsonbArray, textArray, timestamptzArray } from './binary-array.js';
import type { EventTimeReader } from './event-time.js';
import { storableJson } from './storable-json.js';

const INSERT = {
  name: 'insert-documents',
  text: `
    insert into indexer.documents (index, id, document, event_time)
    select * from unnest($1::text[], $2::text[], $3::jsonb[], $4::timestamptz[])
    on conflict do nothing
    returning index, id`,
};

/**
 * Inserts documents with one statement: all of them or, when it throws, none. One result each, in order; of two with
 * the same index and id the first is `done`, the other a `duplicate`.
 */
export async function insertDocuments(
  client: PoolClient,
  documents: readonly IndexDocument[],
  eventTimeOf: EventTimeReader,
): Promise<readonly ItemResult[]> {
  const inOrder = documents.toSorted(byKey);
  const { rows } = await client.query<[string, string]>({
    ...INSERT,
    rowMode: 'array',
    values: [
      textArray(inOrder.map(({ index }) => index)),
      textArray(inOrder.map(({ id }) => id)),
      jsonbArray(inOrder.map(({ source }) => storableJson(source))),
      timestamptzArray(inOrder.map(({ source }) => eventTimeOf(source))),
    ],
  });
  const inserted = new Set(rows.map(([index, id]) => key(index, id)));
  return documents.map(({ index, id }) => (inserted.delete(key(index, id)) ? DONE : DUPLICATE));
}

/** One order for everybody: two transactions that insert the same keys then wait for each other, and never in a circle. */
function byKey(a: IndexDocument, b: IndexDocument): number {
  if (a.index !== b.index) return a.index < b.index ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

function key(index: string, id: string): string {
  return `${index} ${id}`;
}
