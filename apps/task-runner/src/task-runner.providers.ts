import { homedir } from 'node:os';
import type { Provider } from '@nestjs/common';
import { Broker, Publisher } from '#broker';
import { LeaseClient } from '#lease';
import { AllowedHosts, Logger, MetricsRegistry, ProcessIdentity } from '#runtime';
import { ChunkMetrics } from './chunk/chunk-metrics.js';
import { ChunkRuns } from './chunk/chunk-runs.js';
import { TargetSlots } from './chunk/target-slots.js';
import { AttemptOutputs } from './output/attempt-outputs.js';
import { ExecPlugin } from './plugins/exec/exec.plugin.js';
import { ProcessTable } from './plugins/exec/process-table.js';
import { Programs } from './plugins/exec/programs.js';
import { Watchdog } from './plugins/exec/watchdog.js';
import { HttpPlugin } from './plugins/http/http.plugin.js';
import { Plugins } from './plugins/plugins.js';
import { TaskRunnerSettings } from './task-runner.env.js';

/** How the parts of the task-runner are put together. */
export const TASK_RUNNER_PROVIDERS: Provider[] = [
  {
    provide: Watchdog,
    inject: [Logger],
    useFactory: (log: Logger) => new Watchdog(log),
  },
  {
    provide: ProcessTable,
    inject: [Logger],
    useFactory: (log: Logger) => new ProcessTable(log),
  },
  {
    provide: Programs,
    inject: [ProcessTable, Watchdog],
    useFactory: (processes: ProcessTable, watchdog: Watchdog) => new Programs(processes, watchdog),
  },
  {
    provide: Plugins,
    inject: [TaskRunnerSettings, Programs],
    useFactory: createPlugins,
  },
  {
    provide: LeaseClient,
    inject: [TaskRunnerSettings, Broker, ProcessIdentity, Plugins],
    useFactory: createLeaseClient,
  },
  {
    provide: TargetSlots,
    inject: [TaskRunnerSettings, Logger],
    useFactory: ({ TARGET_SLOTS, CHUNK_SLOTS }: TaskRunnerSettings, log: Logger) =>
      new TargetSlots({ targets: TARGET_SLOTS, chunks: CHUNK_SLOTS }, log),
  },
  {
    provide: ChunkMetrics,
    inject: [MetricsRegistry],
    useFactory: (registry: MetricsRegistry) => new ChunkMetrics(registry),
  },
  {
    provide: AttemptOutputs,
    inject: [TaskRunnerSettings, Publisher, ChunkMetrics, Logger],
    useFactory: (
      { TARGET_SLOTS }: TaskRunnerSettings,
      publisher: Publisher,
      metrics: ChunkMetrics,
      log: Logger,
    ) => new AttemptOutputs(TARGET_SLOTS, publisher, metrics, log),
  },
  {
    provide: ChunkRuns,
    inject: [TaskRunnerSettings, Plugins, TargetSlots, AttemptOutputs, ChunkMetrics, Logger],
    useFactory: (
      { CHUNK_SLOTS: chunks, LEASE_GRACE_MS: leaseGraceMs }: TaskRunnerSettings,
      plugins: Plugins,
      slots: TargetSlots,
      outputs: AttemptOutputs,
      metrics: ChunkMetrics,
      log: Logger,
    ) => new ChunkRuns({ chunks, leaseGraceMs }, { plugins, slots, outputs, metrics, log }),
  },
];

function createPlugins(settings: TaskRunnerSettings, programs: Programs): Plugins {
  const allowed = new AllowedHosts('TARGETS_ALLOWED', settings.TARGETS_ALLOWED);
  const surroundings = { path: settings.EXEC_PATH, home: homedir() };
  const all = [new ExecPlugin(surroundings, allowed, programs), new HttpPlugin(allowed)];
  return new Plugins(all, settings.PLUGINS);
}

function createLeaseClient(
  { LEASE_GRACE_MS: graceMs }: TaskRunnerSettings,
  broker: Broker,
  { service, processId, version }: ProcessIdentity,
  plugins: Plugins,
): LeaseClient {
  return new LeaseClient({
    broker,
    service,
    processId,
    version,
    plugins: plugins.declarations(),
    graceMs,
  });
}
