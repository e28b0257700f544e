import { Module, type DynamicModule, type Type, type ValueProvider } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from '../health/health.controller.js';
import { HealthRegistry } from '../health/health-registry.js';
import { Logger } from '../logging/logger.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { ServiceSettings } from '../settings/service.env.js';
import { TaskRegistry } from '../tasks/task-registry.js';
import { TasksController } from '../tasks/tasks.controller.js';
import { Lifecycle } from './lifecycle.js';
import { ProcessIdentity } from './process-identity.js';

/** What every module of a service may inject. */
export interface RuntimeProviders {
  /** An instance of the service's settings class; injectable by that class and by `ServiceSettings`. */
  readonly settings: ServiceSettings;
  readonly log: Logger;
  readonly identity: ProcessIdentity;
  readonly lifecycle: Lifecycle;
  readonly health: HealthRegistry;
  readonly metrics: MetricsRegistry;
  readonly tasks: TaskRegistry;
}

/** Offers the runtime to every module, and its own routes on the admin server. */
@Module({})
export class RuntimeModule {
  /** The caller makes what is offered, and keeps it: nothing here is started or closed. */
  static forRoot(provided: RuntimeProviders): DynamicModule {
    const { settings, log, identity, lifecycle, health, metrics, tasks } = provided;
    const providers: ValueProvider[] = [
      { provide: ServiceSettings, useValue: settings },
      { provide: settings.constructor as Type, useValue: settings },
      { provide: Logger, useValue: log },
      { provide: ProcessIdentity, useValue: identity },
      { provide: Lifecycle, useValue: lifecycle },
      { provide: HealthRegistry, useValue: health },
      { provide: MetricsRegistry, useValue: metrics },
      { provide: TaskRegistry, useValue: tasks },
    ];
    return {
      module: RuntimeModule,
      global: true,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController, MetricsController, TasksController],
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
