import 'reflect-metadata';
import { runService } from '#runtime';
import { documentPrefetch, IndexerSettings } from './indexer.env.js';
import { IndexerModule } from './indexer.module.js';

await runService({
  service: 'indexer',
  settings: IndexerSettings,
  module: () => IndexerModule,
  consumes: (settings) => [
    { queue: 'indexer.documents', prefetch: documentPrefetch(settings) },
    { queue: 'indexer.queries', prefetch: settings.SEARCHES_AT_ONCE },
  ],
});
