import { Broker, Publisher } from '#broker';
import { LeaseClient } from '#lease';
import { Logger, MetricsRegistry, ProcessIdentity } from '#runtime';
import { systemClock } from '#supervisor';
import type { Provider } from '@nestjs/common';
import { Database } from '../storage/database.js';
import { Activity } from '../writing/activity.js';
import { InstanceWatch } from './instance-watch.js';
import { InstancesReader } from './instances-reader.js';
import { RecordLag } from './record-lag.js';
import { Ticker } from './ticker.js';

/** Who is alive, and what time it is. */
export const WATCH_PROVIDERS: Provider[] = [
  {
    provide: Ticker,
    inject: [Publisher, ProcessIdentity, Logger],
    useFactory: (publisher: Publisher, { processId }: ProcessIdentity, log: Logger) =>
      new Ticker(publisher, processId, log),
  },
  {
    provide: InstanceWatch,
    inject: [Broker, Database, Activity, Logger],
    useFactory: (broker: Broker, { reader }: Database, activity: Activity, log: Logger) =>
      new InstanceWatch({
        broker,
        publisher: broker.publisher,
        instances: new InstancesReader(reader),
        activity,
        log,
        clock: systemClock,
      }),
  },
  {
    provide: RecordLag,
    inject: [Database, MetricsRegistry],
    useFactory: ({ reader }: Database, registry: MetricsRegistry) =>
      new RecordLag(reader, registry),
  },
  // Makes this process known as alive, like any other; it holds no leases.
  {
    provide: LeaseClient,
    inject: [Broker, ProcessIdentity],
    useFactory: (broker: Broker, { service, processId, version }: ProcessIdentity) =>
      new LeaseClient({ broker, service, processId, version }),
  },
];
