import { Logger } from '#runtime';
import type { Provider } from '@nestjs/common';
import { StatusSettings } from '../status.env.js';
import { Database } from '../storage/database.js';
import { RetentionMetrics } from './retention-metrics.js';
import { Retention } from './retention.js';
import { DAY_MS } from './sweep.js';

/** Keeps the record from growing for ever. */
export const RETENTION_PROVIDERS: Provider[] = [
  RetentionMetrics,
  {
    provide: Retention,
    inject: [Database, StatusSettings, RetentionMetrics, Logger],
    useFactory: (
      { reader }: Database,
      settings: StatusSettings,
      metrics: RetentionMetrics,
      log: Logger,
    ) =>
      new Retention({
        pool: reader,
        ages: {
          recordMs: settings.RETENTION_DAYS * DAY_MS,
          eventsMs: settings.RETENTION_EVENTS_DAYS * DAY_MS,
          auditMs: settings.RETENTION_AUDIT_DAYS * DAY_MS,
        },
        maxBytes: settings.RETENTION_MAX_BYTES,
        metrics,
        log,
      }),
  },
];
