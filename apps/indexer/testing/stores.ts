import { freshDatabase, openSearchUrl } from '../../../tools/testing/servers.ts';
import { randomBytes } from 'node:crypto';
import type { DocumentStore } from '../src/stores/document-store.js';
import { OpenSearchStore } from '../src/stores/opensearch/opensearch-store.js';
import { PostgresStore } from '../src/stores/postgres/postgres-store.js';

/** A store on a real server, with indices that no other test knows. */
export interface TestStore {
  readonly store: DocumentStore;
  /** The URL that leads to it. */
  readonly url: string;
  /** What the names of this test's indices begin with. */
  readonly prefix: string;
  /** Makes what was written visible to searches. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const SETTINGS = { timeField: '@timestamp', connections: 8, timeoutMs: 10_000 };

/** PostgreSQL in a database of its own; not opened yet. */
export async function postgresTestStore(): Promise<TestStore> {
  const database = await freshDatabase();
  const store = new PostgresStore({ ...SETTINGS, url: database.databaseUrl });
  return {
    store,
    url: database.databaseUrl,
    prefix: 'test',
    refresh: async () => undefined,
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
}

/** The tests' OpenSearch; not opened yet. */
export async function openSearchTestStore(): Promise<TestStore> {
  const url = openSearchUrl();
  if (url === undefined) throw new Error('OPENSEARCH_URL is not set');
  const prefix = `test-${randomBytes(4).toString('hex')}`;
  const template = { index_patterns: [`${prefix}*`], settings: { number_of_replicas: 0 } };
  await call(url, 'PUT', `_template/${prefix}`, template);
  const store = new OpenSearchStore({ ...SETTINGS, url });
  return {
    store,
    url,
    prefix,
    refresh: () => call(url, 'POST', `${prefix}*/_refresh`),
    close: async () => {
      await store.close();
      await call(url, 'DELETE', `${prefix}*`);
      await call(url, 'DELETE', `_template/${prefix}`);
    },
  };
}

/** Sends a request to OpenSearch's own API; throws unless it succeeds. */
export async function call(
  url: string,
  method: 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<void> {
  const answer = await fetch(new URL(path, url), {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}
