import type { Provider } from '@nestjs/common';
import { Broker, Publisher } from '#broker';
import { subjectOf } from '#contracts';
import { LeaseClient } from '#lease';
import { AllowedHosts, Logger, MetricsRegistry, ProcessIdentity } from '#runtime';
import { StreamMetrics } from './leased/stream-metrics.js';
import { StreamRun } from './leased/stream-run.js';
import { StreamRuns } from './leased/stream-runs.js';
import { BrokerSinks } from './publish/broker-sinks.js';
import { SecretFolder } from './secrets/secret-folder.js';
import { StreamerSettings } from './streamer.env.js';

/** How the parts of the streamer are put together. */
export const STREAMER_PROVIDERS: Provider[] = [
  {
    provide: LeaseClient,
    inject: [Broker, ProcessIdentity],
    useFactory: (broker: Broker, { service, processId, version }: ProcessIdentity) =>
      new LeaseClient({ broker, service, processId, version }),
  },
  {
    provide: BrokerSinks,
    inject: [Publisher, ProcessIdentity],
    useFactory: (publisher: Publisher, { service }: ProcessIdentity) =>
      new BrokerSinks(publisher, service),
  },
  {
    provide: StreamRuns,
    inject: [StreamerSettings, BrokerSinks, MetricsRegistry, Logger],
    useFactory: newStreamRuns,
  },
];

function newStreamRuns(
  settings: StreamerSettings,
  sinks: BrokerSinks,
  registry: MetricsRegistry,
  log: Logger,
): StreamRuns {
  const allowed = new AllowedHosts('STREAM_ALLOWED_HOSTS', settings.STREAM_ALLOWED_HOSTS);
  const secrets = new SecretFolder(settings.SECRETS_DIR);
  const metrics = new StreamMetrics(registry);
  const runs = new StreamRuns(settings.STREAM_SLOTS, (lease, grant) => {
    const sink = sinks.of(subjectOf(lease.key));
    return new StreamRun(lease, grant, { sink, allowed, secrets, metrics, log });
  });
  metrics.watch(() => runs.states);
  return runs;
}
