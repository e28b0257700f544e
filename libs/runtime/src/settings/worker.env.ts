import { IsInt, Max, Min } from 'class-validator';
import { ServiceSettings } from './service.env.js';
import { Setting } from './setting.decorator.js';

/** The settings of a service that does leased work. */
export class WorkerSettings extends ServiceSettings {
  @Setting({
    means:
      'How long work goes on while RabbitMQ cannot be reached, and with it the record: a restart or failover of the broker that takes less interrupts nothing. Work that is in doubt for longer is ended here, and begins elsewhere.',
    unit: 'ms',
  })
  @IsInt()
  @Min(1_000)
  @Max(600_000)
  readonly LEASE_GRACE_MS: number = 30_000;
}
