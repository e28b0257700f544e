import { BrokerServer } from '#broker';
import { LeaseClient } from '#lease';
import { HealthRegistry, Lifecycle, TaskRegistry } from '#runtime';
import { Supervisor } from '#supervisor';
import { Injectable } from '@nestjs/common';
import { WatcherNews } from './news/watcher-news.js';
import { OfferDispatcher } from './offers/offer-dispatcher.js';
import { Database } from './storage/database.js';
import { InstanceWatch } from './watch/instance-watch.js';
import { Ticker } from './watch/ticker.js';

/** What runs until it is told to stop. */
interface Loop {
  run(signal: AbortSignal): Promise<never>;
}

/** In which order the parts of status start and stop, and what is seen of them from outside. */
@Injectable()
export class StatusLifecycle {
  private readonly loops = new Supervisor({ name: 'status', limit: 4 });

  constructor(
    database: Database,
    dispatcher: OfferDispatcher,
    news: WatcherNews,
    watch: InstanceWatch,
    ticker: Ticker,
    instance: LeaseClient,
    transport: BrokerServer,
    lifecycle: Lifecycle,
    health: HealthRegistry,
    tasks: TaskRegistry,
  ) {
    health.register('offers', () => dispatcher.trouble());
    tasks.add(this.loops);
    transport.setProbe('status.record', () => database.probe());

    lifecycle.onStart('database', () => database.open());
    lifecycle.onStart('loops', () => {
      this.loop('offer due work', dispatcher);
      this.loop('tell watchers', news);
      this.loop('watch instances', watch);
      this.loop('tick', ticker);
    });
    // Its first word goes to the record, which is read once the start is over.
    lifecycle.onStart('instance', () => void instance.start());

    lifecycle.onClose('database', () => database.close());
    lifecycle.onClose('loops', async () => void (await this.loops.close()));
    lifecycle.onClose('instance', () => instance.close());
  }

  private loop(name: string, loop: Loop): void {
    this.loops.trySpawn(name, ({ signal }) => loop.run(signal));
  }
}
