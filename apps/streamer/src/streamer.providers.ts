import type { Provider } from '@nestjs/common';
import { Broker, Publisher } from '#broker';
import { subjectOf } from '#contracts';
import type { StreamGrant } from '#contracts';
import { LeaseClient } from '#lease';
import { AllowedHosts, Logger, MetricsRegistry, ProcessIdentity } from '#runtime';
import type { StreamLease } from './leased/stream-lease.js';
import { StreamMetrics } from './leased/stream-metrics.js';
import { StreamRun } from './leased/stream-run.js';
import { StreamRuns } from './leased/stream-runs.js';
import { BrokerSinks } from './publish/broker-sinks.js';
import { PublishTasks } from './publish/publish-tasks.js';
import { SecretFolder } from './secrets/secret-folder.js';
import { StreamerSettings } from './streamer.env.js';

/** How the parts of the streamer are put together. */
export const STREAMER_PROVIDERS: Provider[] = [
  {
    provide: LeaseClient,
    inject: [StreamerSettings, Broker, ProcessIdentity],
    useFactory: (
      { LEASE_GRACE_MS: graceMs }: StreamerSettings,
      broker: Broker,
      { service, processId, version }: ProcessIdentity,
    ) => new LeaseClient({ broker, service, processId, version, graceMs }),
  },
  {
    provide: BrokerSinks,
    inject: [Publisher, ProcessIdentity],
    useFactory: (publisher: Publisher, { service }: ProcessIdentity) =>
      new BrokerSinks(publisher, service),
  },
  {
    provide: PublishTasks,
    inject: [StreamerSettings, Logger],
    useFactory: ({ STREAM_SLOTS }: StreamerSettings, log: Logger) =>
      new PublishTasks(STREAM_SLOTS, log),
  },
  {
    provide: StreamRuns,
    inject: [StreamerSettings, BrokerSinks, PublishTasks, MetricsRegistry, Logger],
    useFactory: newStreamRuns,
  },
];

function newStreamRuns(
  settings: StreamerSettings,
  sinks: BrokerSinks,
  tasks: PublishTasks,
  registry: MetricsRegistry,
  log: Logger,
): StreamRuns {
  const allowed = new AllowedHosts('STREAM_ALLOWED_HOSTS', settings.STREAM_ALLOWED_HOSTS);
  const secrets = new SecretFolder(settings.SECRETS_DIR);
  const metrics = new StreamMetrics(registry);
  const newRun = (lease: StreamLease, grant: StreamGrant): StreamRun => {
    const sink = sinks.of(subjectOf(lease.key));
    return new StreamRun(lease, grant, { sink, tasks, allowed, secrets, metrics, log });
  };
  const { STREAM_SLOTS: slots, LEASE_GRACE_MS: leaseGraceMs } = settings;
  const runs = new StreamRuns({ slots, leaseGraceMs }, newRun, log);
  metrics.watch(() => runs.states);
  return runs;
}
