import { Logger } from '#runtime';
import type { Provider } from '@nestjs/common';
import { OutsideTeller } from '../news/outside-teller.js';
import { StatusSettings } from '../status.env.js';
import { RecordStore } from '../storage/record-store.js';
import { Activity } from './activity.js';
import { RecordBatcher, type BatchLimits } from './record-batcher.js';
import { RecordWriter } from './record-writer.js';
import { WriterMetrics } from './writer-metrics.js';

/** How much a transaction takes: as much as is written in a fraction of a second. */
const BATCH: BatchLimits = { messages: 500, bytes: 4 * 1024 * 1024 };

/** From `status.record` into the record. */
export const WRITING_PROVIDERS: Provider[] = [
  WriterMetrics,
  { provide: Activity, useFactory: () => new Activity() },
  {
    provide: RecordWriter,
    inject: [RecordStore, OutsideTeller, WriterMetrics, Logger, StatusSettings],
    useFactory: (
      store: RecordStore,
      teller: OutsideTeller,
      metrics: WriterMetrics,
      log: Logger,
      settings: StatusSettings,
    ) =>
      new RecordWriter({
        store,
        metrics,
        log,
        tell: (committed) => teller.tell(committed),
        requireUser: settings.REQUIRE_USER,
      }),
  },
  {
    provide: RecordBatcher,
    inject: [RecordWriter, Logger],
    useFactory: (writer: RecordWriter, log: Logger) => new RecordBatcher(writer, BATCH, log),
  },
];
