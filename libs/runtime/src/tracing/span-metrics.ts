import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Counter } from 'prom-client';
import type { MetricsRegistry } from '../metrics/metrics-registry.js';

/** Counts sampled spans. Those that ended and were neither exported nor failed wait, or there was no room for them. */
export class SpanMetrics implements SpanProcessor {
  readonly #spans: Counter<'event'>;

  constructor(metrics: MetricsRegistry) {
    this.#spans = new Counter({
      name: 'signalbox_trace_spans_total',
      help: 'Sampled spans, by what happened to them: ended, exported, failed (the collector did not take them).',
      labelNames: ['event'],
      registers: [metrics],
    });
  }

  count(event: 'ended' | 'exported' | 'failed', spans: number): void {
    this.#spans.inc({ event }, spans);
  }

  onStart(): void {
    // Nothing is known of it yet.
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) this.count('ended', 1);
  }

  async forceFlush(): Promise<void> {
    // Holds nothing.
  }

  async shutdown(): Promise<void> {
    // Holds nothing.
  }
}
