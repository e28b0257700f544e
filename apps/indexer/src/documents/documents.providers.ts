import { Publisher } from '#broker';
import { Logger, ProcessIdentity } from '#runtime';
import { systemClock } from '#supervisor';
import type { Provider } from '@nestjs/common';
import { IndexerSettings } from '../indexer.env.js';
import { DOCUMENT_STORE } from '../stores/stores.providers.js';
import type { DocumentStore } from '../stores/document-store.js';
import { DocumentWriter } from './document-writer.js';
import { IndexCounters } from './index-counters.js';
import { IndexEvents } from './index-events.js';
import { WriterMetrics } from './writer-metrics.js';

/** From the queue into the store. */
export const DOCUMENT_PROVIDERS: Provider[] = [
  IndexCounters,
  WriterMetrics,
  {
    provide: IndexEvents,
    inject: [Publisher, IndexCounters, ProcessIdentity, Logger],
    useFactory: (
      publisher: Publisher,
      counters: IndexCounters,
      { processId }: ProcessIdentity,
      log: Logger,
    ) =>
      // Not the newest lease channel's id: the counts go on when that channel is replaced.
      new IndexEvents({ publisher, counters, instanceId: `${processId}.1`, log }),
  },
  {
    provide: DocumentWriter,
    inject: [
      DOCUMENT_STORE,
      Publisher,
      IndexCounters,
      IndexEvents,
      WriterMetrics,
      Logger,
      IndexerSettings,
    ],
    useFactory: (
      store: DocumentStore,
      publisher: Publisher,
      counters: IndexCounters,
      events: IndexEvents,
      metrics: WriterMetrics,
      log: Logger,
      settings: IndexerSettings,
    ) =>
      new DocumentWriter({
        store,
        publisher,
        counters,
        events,
        metrics,
        log,
        clock: systemClock,
        limits: {
          bulks: settings.INDEX_BULKS_AT_ONCE,
          maxDocuments: settings.INDEX_BULK_MAX_DOCUMENTS,
          maxBytes: settings.INDEX_BULK_MAX_BYTES,
          maxWaitMs: settings.INDEX_BULK_MAX_WAIT_MS,
          storeDownMs: settings.INDEX_STORE_DOWN_MS,
        },
      }),
  },
];
