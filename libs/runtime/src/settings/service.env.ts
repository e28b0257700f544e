import { IsIn, IsInt, IsOptional, Max, Min, ValidateIf } from 'class-validator';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../logging/log-options.js';
import { IsReadableFile, IsUrlOf } from './rules.js';
import { Setting } from './setting.decorator.js';

/** The settings that every service has. An app extends it with its own, and may redeclare a default. */
export class ServiceSettings {
  @Setting({
    means: 'Where RabbitMQ is, the user of this service, and the vhost.',
    example: 'amqp://user:password@rabbitmq:5672/signalbox',
    secret: 'url',
  })
  @IsUrlOf('amqp', 'amqps')
  readonly AMQP_URL!: string;

  @Setting({ means: 'Own certificate authority (PEM) for an amqps:// URL.' })
  @IsOptional()
  @IsReadableFile()
  readonly AMQP_CA_FILE?: string;

  @Setting({ means: 'Client certificate (PEM) for an amqps:// URL.' })
  @ValidateIf(usesClientCertificate)
  @IsReadableFile()
  readonly AMQP_CERT_FILE?: string;

  @Setting({ means: 'Private key (PEM) of the client certificate.' })
  @ValidateIf(usesClientCertificate)
  @IsReadableFile()
  readonly AMQP_KEY_FILE?: string;

  @Setting({
    means:
      'Address the admin server (health, metrics) listens on. It asks nobody who they are: leave it on loopback, or keep the port inside a trusted network.',
  })
  readonly ADMIN_HOST: string = '127.0.0.1';

  @Setting({
    means: 'Port of the admin server; 0 takes any free one, which the log then names.',
  })
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly ADMIN_PORT: number = 0;

  @Setting({ means: 'The least important lines that are still logged.' })
  @IsIn(LOG_LEVELS)
  readonly LOG_LEVEL: LogLevel = 'info';

  @Setting({
    means: 'How a log line looks: `auto` is `pretty` on a terminal and `json` elsewhere.',
  })
  @IsIn(LOG_FORMATS)
  readonly LOG_FORMAT: LogFormat = 'auto';

  @Setting({
    means:
      'Where an OpenTelemetry collector takes traces (OTLP over HTTP); without one no spans are made. `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` and `OTEL_EXPORTER_OTLP_HEADERS` count, too.',
    example: 'http://collector:4318',
    secret: 'url',
  })
  @IsOptional()
  @IsUrlOf('http', 'https')
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @Setting({
    means:
      'How long a stopping service may finish or hand over what it holds; then it is cut off. Stay below the grace period of whatever stops the process.',
    unit: 'ms',
  })
  @IsInt()
  @Min(100)
  @Max(3_600_000)
  readonly DRAIN_TIMEOUT_MS: number = 25_000;

  @Setting({
    means: 'How long a stopping service may take, after that, to close its connections.',
    unit: 'ms',
  })
  @IsInt()
  @Min(100)
  @Max(60_000)
  readonly CLOSE_TIMEOUT_MS: number = 4_000;
}

// One without the other is of no use, so each is required once the other is set.
function usesClientCertificate(settings: ServiceSettings): boolean {
  return (settings.AMQP_CERT_FILE ?? settings.AMQP_KEY_FILE) !== undefined;
}
