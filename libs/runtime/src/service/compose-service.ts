import { Broker, BrokerClient, BrokerModule, BrokerServer } from '#broker';
import { HealthRegistry } from '../health/health-registry.js';
import { ServiceState } from '../health/service-state.js';
import type { Logger } from '../logging/logger.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { registerProcessMetrics } from '../metrics/process-metrics.js';
import { PrometheusBrokerMetrics } from '../metrics/prometheus-broker-metrics.js';
import { brokerTls } from '../settings/broker-tls.js';
import type { ServiceSettings } from '../settings/service.env.js';
import { Loops } from '../tasks/loops.js';
import { RequestTasks } from '../tasks/request-tasks.js';
import { TaskRegistry } from '../tasks/task-registry.js';
import { Tracing } from '../tracing/tracing.js';
import { Lifecycle } from './lifecycle.js';
import { createNestApplication, listen } from './nest-application.js';
import type { ProcessHost } from './process-host.js';
import type { ProcessIdentity } from './process-identity.js';
import { RuntimeModule } from './runtime.module.js';
import type { ServiceDefinition } from './service-definition.js';
import type { ServiceParts } from './service-parts.js';
import { ServiceSteps } from './service-steps.js';

/** Nest needs a class to hang the modules of a process on. */
class ServiceModule {}

/** Puts a service together; nothing connects or listens yet. */
export async function composeService<S extends ServiceSettings>(
  definition: ServiceDefinition<S>,
  settings: S,
  identity: ProcessIdentity,
  log: Logger,
  { clock }: Pick<ProcessHost, 'clock'>,
): Promise<ServiceParts> {
  const [health, metrics, tasks] = [
    new HealthRegistry(),
    new MetricsRegistry(),
    new TaskRegistry(),
  ];
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  const tracing = new Tracing({ endpoint, identity, log, metrics });
  const lifecycle = new Lifecycle();
  const state = new ServiceState();
  const broker = new Broker({
    url: settings.AMQP_URL,
    tls: brokerTls(settings),
    service: identity.service,
    processId: identity.processId,
    log,
    metrics: new PrometheusBrokerMetrics(metrics),
  });
  const queues =
    typeof definition.consumes === 'function' ? definition.consumes(settings) : definition.consumes;
  const transport = new BrokerServer(broker, { queues });
  const client = new BrokerClient(broker);
  const requests = new RequestTasks(log, clock);
  const steps = new ServiceSteps(log, clock);
  const loops = new Loops({ name: 'runtime', limit: 1, log, clock });

  registerProcessMetrics(metrics, identity, health, tasks);
  health.register('service', () => state.trouble());
  health.register('broker', () => broker.trouble());
  health.register('consumers', () => transport.trouble());
  health.register('tasks', () => tasks.trouble());
  health.register('runtime', () => loops.trouble());
  for (const { supervisor } of [steps, loops, requests, broker, client]) tasks.add(supervisor);
  for (const supervisor of transport.supervisors) tasks.add(supervisor);

  const root = {
    module: ServiceModule,
    imports: [
      RuntimeModule.forRoot({ settings, log, identity, lifecycle, health, metrics, tasks }),
      BrokerModule.forRoot({ broker, client, server: transport }),
      definition.module(settings),
    ],
  };
  const app = await createNestApplication(root, transport, log);
  app.useGlobalInterceptors(requests);
  return {
    admin: {
      listen: () => listen(app, settings.ADMIN_HOST, settings.ADMIN_PORT, log),
      close: async () => {
        await Promise.all([requests.supervisor.close(), client.close()]);
        await app.close();
      },
    },
    broker,
    transport: {
      listen: async () => void (await app.startAllMicroservices()),
      drain: (graceTimeoutMs) => transport.drain(graceTimeoutMs),
    },
    tracing,
    lifecycle,
    steps,
    loops,
    state,
    health,
    log,
    clock,
    drainTimeoutMs: settings.DRAIN_TIMEOUT_MS,
    closeTimeoutMs: settings.CLOSE_TIMEOUT_MS,
  };
}
