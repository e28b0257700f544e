import { Module } from '@nestjs/common';
import { FeedController } from './feed/feed.controller.js';
import { FEED_PROVIDERS } from './feed/feed.providers.js';
import { NEWS_PROVIDERS } from './news/news.providers.js';
import { OFFERS_PROVIDERS } from './offers/offers.providers.js';
import { HttpController } from './reading/http.controller.js';
import { HttpOpenApiController } from './reading/http-openapi.controller.js';
import { QueriesController } from './reading/queries.controller.js';
import { READING_PROVIDERS } from './reading/reading.providers.js';
import { RETENTION_PROVIDERS } from './retention/retention.providers.js';
import { StatusLifecycle } from './status.lifecycle.js';
import { STORAGE_PROVIDERS } from './storage/storage.providers.js';
import { WATCH_PROVIDERS } from './watch/watch.providers.js';
import { RecordController } from './writing/record.controller.js';
import { WRITING_PROVIDERS } from './writing/writing.providers.js';

/** Keeps the record: what was asked, what is due next, who owns it, and how it ended. */
@Module({
  controllers: [
    RecordController,
    QueriesController,
    HttpController,
    FeedController,
    HttpOpenApiController,
  ],
  providers: [
    ...STORAGE_PROVIDERS,
    ...OFFERS_PROVIDERS,
    ...NEWS_PROVIDERS,
    ...WRITING_PROVIDERS,
    ...WATCH_PROVIDERS,
    ...READING_PROVIDERS,
    ...FEED_PROVIDERS,
    ...RETENTION_PROVIDERS,
    StatusLifecycle,
  ],
})
export class StatusModule {}
