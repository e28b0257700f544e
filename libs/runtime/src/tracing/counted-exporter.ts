import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logging/logger.js';
import type { SpanMetrics } from './span-metrics.js';

type ResultCallback = Parameters<SpanExporter['export']>[1];

const EXPORTED = 0;

/** Counts what an exporter sends and what it cannot, and logs when that changes: not once for every batch. */
export class CountedExporter implements SpanExporter {
  #failing = false;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly metrics: SpanMetrics,
    private readonly log: Logger,
  ) {}

  export(spans: ReadableSpan[], onResult: ResultCallback): void {
    this.exporter.export(spans, (result) => {
      const { code, error } = result;
      this.metrics.count(code === EXPORTED ? 'exported' : 'failed', spans.length);
      if (code === EXPORTED) this.#works();
      else this.#fails(error);
      onResult(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  #works(): void {
    if (this.#failing) this.log.info('spans are exported again');
    this.#failing = false;
  }

  #fails(err: unknown): void {
    if (!this.#failing) {
      this.log.warn({ err }, 'cannot export spans; check OTEL_EXPORTER_OTLP_ENDPOINT');
    }
    this.#failing = true;
  }
}
