import { Module } from '@nestjs/common';
import { DocumentsController } from './documents/documents.controller.js';
import { DOCUMENT_PROVIDERS } from './documents/documents.providers.js';
import { IndexerLifecycle } from './indexer.lifecycle.js';
import { INSTANCE_PROVIDER } from './instance.provider.js';
import { SearchController } from './search/search.controller.js';
import { STORE_PROVIDERS } from './stores/stores.providers.js';

/** Writes documents to a search store, and searches them. */
@Module({
  controllers: [DocumentsController, SearchController],
  providers: [...STORE_PROVIDERS, ...DOCUMENT_PROVIDERS, INSTANCE_PROVIDER, IndexerLifecycle],
})
export class IndexerModule {}
