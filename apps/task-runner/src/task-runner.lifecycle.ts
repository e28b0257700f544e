import { Injectable } from '@nestjs/common';
import { LeaseClient } from '#lease';
import { HealthRegistry, Lifecycle, TaskRegistry } from '#runtime';
import { ChunkRuns } from './chunk/chunk-runs.js';
import { TargetSlots } from './chunk/target-slots.js';
import { AttemptOutputs } from './output/attempt-outputs.js';
import { ProcessTable } from './plugins/exec/process-table.js';
import { Watchdog } from './plugins/exec/watchdog.js';
import { TaskRunnerSettings } from './task-runner.env.js';

/** In which order the parts of the task-runner start and stop, and what is seen of them from outside. */
@Injectable()
export class TaskRunnerLifecycle {
  constructor(
    settings: TaskRunnerSettings,
    chunks: ChunkRuns,
    slots: TargetSlots,
    outputs: AttemptOutputs,
    processes: ProcessTable,
    leases: LeaseClient,
    watchdog: Watchdog,
    lifecycle: Lifecycle,
    health: HealthRegistry,
    tasks: TaskRegistry,
  ) {
    health.register('status', () => leases.trouble());
    health.register('watchdog', () => watchdog.trouble());

    tasks.add(chunks.supervisor);
    tasks.add(chunks.reports);
    tasks.add(slots.supervisor);
    for (const supervisor of outputs.supervisors) tasks.add(supervisor);
    tasks.add(processes.supervisor);
    tasks.add(watchdog.supervisor);
    tasks.add(leases.supervisor);

    // Without an instance no lease can be had, so no offer is taken before.
    lifecycle.onStart('instance', (signal) => leases.start(signal));
    lifecycle.onDrain('chunks', () => chunks.drain(settings.TARGET_GRACE_MS));
    // In reverse: the record learns that this process is gone once nothing of it runs any more.
    lifecycle.onClose('watchdog', () => watchdog.close());
    lifecycle.onClose('instance', () => leases.close());
    lifecycle.onClose('process table', async () => void (await processes.supervisor.close()));
    lifecycle.onClose('outputs', () => outputs.close());
    lifecycle.onClose('reports', async () => void (await chunks.reports.close()));
    lifecycle.onClose('targets', async () => void (await slots.supervisor.close()));
  }
}
