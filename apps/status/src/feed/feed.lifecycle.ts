import { HealthRegistry, Lifecycle, Logger, Loops, TaskRegistry } from '#runtime';
import { Injectable } from '@nestjs/common';
import { StatusLifecycle } from '../status.lifecycle.js';
import { FeedClients } from './feed-clients.js';
import { FeedLog } from './feed-log.js';
import { FeedTrimmer } from './feed-trimmer.js';

/** How the feed starts and stops. */
@Injectable()
export class FeedLifecycle {
  constructor(
    clients: FeedClients,
    feed: FeedLog,
    trimmer: FeedTrimmer,
    lifecycle: Lifecycle,
    health: HealthRegistry,
    tasks: TaskRegistry,
    log: Logger,
    // Its hooks come first: the feed stops while there is a database.
    _status: StatusLifecycle,
  ) {
    const loops = new Loops({ name: 'feed', limit: 2, log });
    health.register('feed', () => loops.trouble());
    tasks.add(loops.supervisor);
    tasks.add(clients.supervisor);
    lifecycle.onStart('feed', () => {
      loops.start('read the feed', ({ signal }) => feed.run(signal));
      loops.start('trim the feed', ({ signal }) => trimmer.run(signal));
    });
    lifecycle.onDrain('feed clients', () => clients.close());
    lifecycle.onClose('feed', async () => {
      await clients.close();
      await loops.close();
    });
  }
}
