import type { DynamicModule, Type } from '@nestjs/common';
import type { ConsumerOptions } from '#broker';
import type { ServiceName } from '#contracts';
import type { ServiceSettings } from '../settings/service.env.js';

/** What makes one service different from another. */
export interface ServiceDefinition<S extends ServiceSettings> {
  readonly service: ServiceName;
  /** The class its environment is read into. */
  readonly settings: new () => S;
  /** Its Nest module: handlers, providers, and controllers of its own for the admin server. */
  readonly module: (settings: S) => Type | DynamicModule;
  /** The queues it reads. */
  readonly consumes: readonly ConsumerOptions[] | ((settings: S) => readonly ConsumerOptions[]);
}
