import { Logger } from '#runtime';
import type { Provider } from '@nestjs/common';
import { RecordReader } from '../reading/record-reader.js';
import { Database } from '../storage/database.js';
import { FeedClients } from './feed-clients.js';
import { FeedLog } from './feed-log.js';
import { FeedMetrics } from './feed-metrics.js';
import { snapshotOf } from './feed-snapshot.js';
import { FeedTable } from './feed-table.js';
import { FeedTrimmer } from './feed-trimmer.js';
import { FeedLifecycle } from './feed.lifecycle.js';

/** From the record to whoever watches it over HTTP. */
export const FEED_PROVIDERS: Provider[] = [
  FeedMetrics,
  FeedLifecycle,
  {
    provide: FeedTable,
    inject: [Database],
    useFactory: ({ reader }: Database) => new FeedTable(reader),
  },
  {
    provide: FeedLog,
    inject: [FeedTable, Logger],
    useFactory: (table: FeedTable, log: Logger) => new FeedLog(table, log),
  },
  {
    provide: FeedTrimmer,
    inject: [FeedTable, Logger],
    useFactory: (table: FeedTable, log: Logger) => new FeedTrimmer(table, log),
  },
  {
    provide: FeedClients,
    inject: [FeedTable, FeedLog, RecordReader, FeedMetrics, Logger],
    useFactory: (
      table: FeedTable,
      log: FeedLog,
      record: RecordReader,
      metrics: FeedMetrics,
      logger: Logger,
    ) =>
      new FeedClients({
        source: {
          log,
          extent: () => table.extent(),
          snapshot: (filter) => snapshotOf(record, filter),
          onReset: (reason) => metrics.reset(reason),
        },
        log,
        metrics,
        logger,
      }),
  },
];
