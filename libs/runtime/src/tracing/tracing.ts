import { context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { withTimeout } from '#supervisor';
import type { Logger } from '../logging/logger.js';
import type { MetricsRegistry } from '../metrics/metrics-registry.js';
import type { ProcessIdentity } from '../service/process-identity.js';
import { AsyncContextManager } from './async-context-manager.js';
import { CountedExporter } from './counted-exporter.js';
import { SpanMetrics } from './span-metrics.js';

export interface TracingOptions {
  /** Where a collector takes OTLP over HTTP (`http://collector:4318`). Undefined: no span is made. */
  readonly endpoint: string | undefined;
  readonly identity: ProcessIdentity;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
}

/** What may wait to be sent; beyond it spans are dropped, and only counted. */
const QUEUE_SPANS = 4_096;
const BATCH_SPANS = 512;
const BATCH_EVERY_MS = 1_000;
/** For one batch, with all its repetitions. */
const EXPORT_TIMEOUT_MS = 5_000;
/** What the last spans get at the end of the process. */
const FLUSH_TIMEOUT_MS = 2_000;

/**
 * Makes the process take part in traces: what it does for a message is known to be for that message, and belongs to the trace that
 * the message came with. With an endpoint its spans are sent there, sampled as the `OTEL_TRACES_SAMPLER` variables say.
 */
export class Tracing {
  readonly #provider: BasicTracerProvider | undefined;
  #closed: Promise<void> | undefined;

  constructor(private readonly options: TracingOptions) {
    // Whatever else was loaded before and manages the context already does it as well.
    context.setGlobalContextManager(new AsyncContextManager());
    const { endpoint } = options;
    if (endpoint === undefined) return;
    this.#provider = exportingTo(endpoint, options);
    trace.setGlobalTracerProvider(this.#provider);
  }

  /** Sends what is left, for two seconds at most; no span is made after that. Never rejects; safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#provider === undefined ? Promise.resolve() : this.#end(this.#provider);
    return this.#closed;
  }

  async #end(provider: BasicTracerProvider): Promise<void> {
    const { log } = this.options;
    trace.disable();
    try {
      const onLateError = (late: unknown): void =>
        log.debug({ err: late }, 'an export failed late');
      await withTimeout(provider.shutdown(), FLUSH_TIMEOUT_MS, { onLateError });
    } catch (err) {
      log.warn({ err }, 'the last spans were not exported');
    }
  }
}

function exportingTo(endpoint: string, options: TracingOptions): BasicTracerProvider {
  const { identity, log, metrics } = options;
  const counts = new SpanMetrics(metrics);
  const otlp = new OTLPTraceExporter({
    url: new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href,
    timeoutMillis: EXPORT_TIMEOUT_MS,
    // At the end all that waits is sent at once.
    concurrencyLimit: QUEUE_SPANS / BATCH_SPANS + 1,
  });
  const batches = new BatchSpanProcessor(new CountedExporter(otlp, counts, log), {
    maxQueueSize: QUEUE_SPANS,
    maxExportBatchSize: BATCH_SPANS,
    scheduledDelayMillis: BATCH_EVERY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  return new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'signalbox',
      'service.name': identity.service,
      'service.version': identity.version,
      'service.instance.id': identity.processId,
    }),
    spanProcessors: [counts, batches],
  });
}
