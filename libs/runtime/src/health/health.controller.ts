import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { ProcessIdentity } from '../service/process-identity.js';
import { HealthRegistry } from './health-registry.js';

/** What `GET /health/live` answers. */
interface Liveness {
  readonly status: 'ok';
  readonly service: string;
  readonly processId: string;
  readonly version: string;
}

/** Tells whoever runs the process whether it lives and whether it can do its work. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly registry: HealthRegistry,
    private readonly identity: ProcessIdentity,
    private readonly terminus: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** 200 as long as the process can answer at all: restart it when it does not. */
  @Get('live')
  live(): Liveness {
    const { service, processId, version } = this.identity;
    return { status: 'ok', service, processId, version };
  }

  /** 200 when it does its work, 503 with the reasons (`error.<name>.message`) when not: no reason to restart it. */
  @Get('ready')
  @HealthCheck({ noCache: true, swaggerDocumentation: false })
  async ready(): Promise<HealthCheckResult> {
    const checks = [...this.registry.check()];
    return this.terminus.check(
      checks.map(
        ([name, reason]) =>
          (): HealthIndicatorResult =>
            this.indicate(name, reason),
      ),
    );
  }

  private indicate(name: string, reason: string | undefined): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    return reason === undefined ? indicator.up() : indicator.down(reason);
  }
}
