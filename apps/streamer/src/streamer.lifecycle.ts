import { Injectable } from '@nestjs/common';
import { LeaseClient } from '#lease';
import { HealthRegistry, Lifecycle, TaskRegistry } from '#runtime';
import { StreamRuns } from './leased/stream-runs.js';
import { BrokerSinks } from './publish/broker-sinks.js';
import { PublishTasks } from './publish/publish-tasks.js';
import { StreamerSettings } from './streamer.env.js';

/** In which order the parts of the streamer start and stop, and what is seen of them from outside. */
@Injectable()
export class StreamerLifecycle {
  constructor(
    settings: StreamerSettings,
    runs: StreamRuns,
    leases: LeaseClient,
    sinks: BrokerSinks,
    publishes: PublishTasks,
    lifecycle: Lifecycle,
    health: HealthRegistry,
    tasks: TaskRegistry,
  ) {
    health.register('status', () => leases.trouble());
    health.register('documents', () => sinks.trouble());
    tasks.add(runs.supervisor);
    tasks.add(publishes);
    tasks.add(leases.supervisor);

    // Without an instance no lease can be had, so no offer is taken before.
    lifecycle.onStart('instance', (signal) => leases.start(signal));
    lifecycle.onDrain('streams', () => runs.drain(settings.DRAIN_TIMEOUT_MS));
    lifecycle.onClose('instance', () => leases.close());
    lifecycle.onClose('stream publishes', async () => void (await publishes.close()));
  }
}
