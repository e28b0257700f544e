import type { DocumentStore } from './document-store.js';
import { OpenSearchStore } from './opensearch/opensearch-store.js';
import { PostgresStore } from './postgres/postgres-store.js';
import type { StoreSettings } from './store-settings.js';

/** The store that a URL names; not opened yet. */
export function storeOf(settings: StoreSettings): DocumentStore {
  return /^postgres(ql)?:/.test(settings.url)
    ? new PostgresStore(settings)
    : new OpenSearchStore(settings);
}
