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
    provide: Plugins,
    inject: [TaskRunnerSettings, Watchdog],
    useFactory: createPlugins,
  },
  {
    provide: LeaseClient,
    inject: [Broker, ProcessIdentity, Plugins],
    useFactory: createLeaseClient,
  },
  {
    provide: TargetSlots,
    inject: [TaskRunnerSettings, Logger],
    useFactory: ({ TARGET_SLOTS }: TaskRunnerSettings, log: Logger) =>
      new TargetSlots(TARGET_SLOTS, log),
  },
  {
    provide: ChunkRuns,
    inject: [TaskRunnerSettings, Plugins, TargetSlots, Publisher, MetricsRegistry, Logger],
    useFactory: createChunkRuns,
  },
];

function createPlugins(settings: TaskRunnerSettings, watchdog: Watchdog): Plugins {
  const allowed = new AllowedHosts('TARGETS_ALLOWED', settings.TARGETS_ALLOWED);
  const surroundings = { path: settings.EXEC_PATH, home: homedir() };
  const all = [new ExecPlugin(surroundings, allowed, watchdog), new HttpPlugin(allowed)];
  return new Plugins(all, settings.PLUGINS);
}

function createLeaseClient(
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
  });
}

function createChunkRuns(
  { CHUNK_SLOTS }: TaskRunnerSettings,
  plugins: Plugins,
  slots: TargetSlots,
  publisher: Publisher,
  registry: MetricsRegistry,
  log: Logger,
): ChunkRuns {
  const metrics = new ChunkMetrics(registry);
  const outputs = new AttemptOutputs(publisher, metrics, log);
  return new ChunkRuns(CHUNK_SLOTS, { plugins, slots, outputs, metrics, log });
}
