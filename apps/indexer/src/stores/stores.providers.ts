import type { Provider } from '@nestjs/common';
import { IndexerSettings } from '../indexer.env.js';
import { storeOf } from './store-of.js';

/** The store that SEARCH_URL names: a `DocumentStore`. */
export const DOCUMENT_STORE = Symbol('document store');

const PROBES_AT_ONCE = 1;

export const STORE_PROVIDERS: Provider[] = [
  {
    provide: DOCUMENT_STORE,
    inject: [IndexerSettings],
    useFactory: (settings: IndexerSettings) =>
      storeOf({
        url: settings.SEARCH_URL,
        timeField: settings.SEARCH_TIME_FIELD,
        timeoutMs: settings.SEARCH_TIMEOUT_MS,
        connections: settings.INDEX_BULKS_AT_ONCE + settings.SEARCHES_AT_ONCE + PROBES_AT_ONCE,
      }),
  },
];
