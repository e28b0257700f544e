import { BrokerServer } from '#broker';
import { LeaseClient } from '#lease';
import { HealthRegistry, Lifecycle, Logger, Loops, TaskRegistry } from '#runtime';
import { Injectable } from '@nestjs/common';
import { WatcherNews } from './news/watcher-news.js';
import { OfferDispatcher } from './offers/offer-dispatcher.js';
import { Retention } from './retention/retention.js';
import { Database } from './storage/database.js';
import { InstanceWatch } from './watch/instance-watch.js';
import { RecordLag } from './watch/record-lag.js';
import { Ticker } from './watch/ticker.js';
import { RecordBatcher } from './writing/record-batcher.js';

/** In which order the parts of status start and stop, and what is seen of them from outside. */
@Injectable()
export class StatusLifecycle {
  constructor(
    database: Database,
    batcher: RecordBatcher,
    dispatcher: OfferDispatcher,
    news: WatcherNews,
    watch: InstanceWatch,
    ticker: Ticker,
    lag: RecordLag,
    retention: Retention,
    instance: LeaseClient,
    transport: BrokerServer,
    lifecycle: Lifecycle,
    health: HealthRegistry,
    tasks: TaskRegistry,
    log: Logger,
  ) {
    const loops = new Loops({ name: 'status', limit: 7, log });
    health.register('offers', () => dispatcher.trouble());
    health.register('record', () => batcher.trouble());
    health.register('loops', () => loops.trouble());
    tasks.add(loops.supervisor);
    tasks.add(batcher.supervisor);
    tasks.add(instance.supervisor);
    transport.setProbe('status.record', () => database.probe());

    lifecycle.onStart('database', () => database.open());
    lifecycle.onStart('loops', () => {
      loops.start('offer due work', ({ signal }) => dispatcher.run(signal));
      loops.start('tell watchers', ({ signal }) => news.run(signal));
      loops.start('watch instances', ({ signal }) => watch.run(signal));
      loops.start('delete what is old', ({ signal }) => retention.run(signal));
      loops.start('see how far the record is behind', ({ signal }) => lag.run(signal));
      loops.start('tick', ({ signal }) => ticker.run(signal));
      // Its first word goes to the record, which is read once the start is over: nothing waits for it here.
      loops.start('become known to the record', ({ signal }) => instance.start(signal));
    });

    lifecycle.onClose('database', () => database.close());
    lifecycle.onClose('record', () => batcher.close());
    lifecycle.onClose('instance', () => instance.close());
    lifecycle.onClose('loops', async () => void (await loops.close()));
  }
}
