import { Injectable } from '@nestjs/common';
import { LeaseClient } from '#lease';
import { HealthRegistry, Lifecycle, TaskRegistry } from '#runtime';
import { ChunkRuns } from './chunk/chunk-runs.js';
import { TargetSlots } from './chunk/target-slots.js';
import { Watchdog } from './plugins/exec/watchdog.js';
import { TaskRunnerSettings } from './task-runner.env.js';

/** In which order the parts of the task-runner start and stop, and what is seen of them from outside. */
@Injectable()
export class TaskRunnerLifecycle {
  constructor(
    settings: TaskRunnerSettings,
    chunks: ChunkRuns,
    slots: TargetSlots,
    leases: LeaseClient,
    watchdog: Watchdog,
    lifecycle: Lifecycle,
    health: HealthRegistry,
    tasks: TaskRegistry,
  ) {
    health.register('status', () => leases.trouble());
    tasks.add(chunks.supervisor);
    tasks.add(slots);

    // Without an instance no lease can be had, so no offer is taken before.
    lifecycle.onStart('instance', (signal) => leases.start(signal));
    lifecycle.onDrain('chunks', () => chunks.drain(settings.TARGET_GRACE_MS));
    // In reverse: the record learns that this process is gone once nothing of it runs any more.
    lifecycle.onClose('watchdog', () => watchdog.close());
    lifecycle.onClose('instance', () => leases.close());
    lifecycle.onClose('targets', async () => void (await slots.close()));
  }
}
