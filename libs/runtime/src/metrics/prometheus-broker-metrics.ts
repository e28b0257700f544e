import { Counter, Gauge, Histogram } from 'prom-client';
import { MESSAGES } from '#contracts';
import type { BrokerMetrics, ConnectionRole, DeliveryOutcome } from '#broker';
import type { MetricsRegistry } from './metrics-registry.js';

const KNOWN_TYPES: ReadonlySet<string> = new Set(MESSAGES.map(({ type }) => type));

/** A type from the wire may be anything; a label must not be. */
function knownType(type: string): string {
  return KNOWN_TYPES.has(type) ? type : 'unknown';
}

/** Turns what the broker library counts into Prometheus metrics. */
export class PrometheusBrokerMetrics implements BrokerMetrics {
  readonly #messages: Counter<'type' | 'event'>;
  readonly #delivered: Counter<'queue' | 'type'>;
  readonly #inFlight: Gauge<'queue'>;
  readonly #settled: Histogram<'queue' | 'outcome'>;
  readonly #dead: Counter<'queue' | 'code'>;
  readonly #reconnected: Counter<'connection'>;
  readonly #blocked: Counter;

  constructor(metrics: MetricsRegistry) {
    const registers = [metrics];
    this.#messages = new Counter({
      name: 'signalbox_broker_messages_total',
      help: 'Messages sent, by what happened to them: published (first try), confirmed, returned (no queue), republished.',
      labelNames: ['type', 'event'],
      registers,
    });
    this.#delivered = new Counter({
      name: 'signalbox_broker_deliveries_total',
      help: 'Messages that arrived.',
      labelNames: ['queue', 'type'],
      registers,
    });
    this.#inFlight = new Gauge({
      name: 'signalbox_broker_deliveries_in_flight',
      help: 'Messages that arrived and are not settled.',
      labelNames: ['queue'],
      registers,
    });
    this.#settled = new Histogram({
      name: 'signalbox_broker_delivery_seconds',
      help: 'Time from arrival to settlement, by outcome.',
      labelNames: ['queue', 'outcome'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers,
    });
    this.#dead = new Counter({
      name: 'signalbox_broker_dead_letters_total',
      help: 'Messages that went to a dead-letter queue, by the error that sent them there.',
      labelNames: ['queue', 'code'],
      registers,
    });
    this.#reconnected = new Counter({
      name: 'signalbox_broker_reconnects_total',
      help: 'Connections that came back after they were lost.',
      labelNames: ['connection'],
      registers,
    });
    this.#blocked = new Counter({
      name: 'signalbox_broker_blocked_seconds_total',
      help: 'Time during which the broker took no publishes because of an alarm.',
      registers,
    });
  }

  published(type: string): void {
    this.#messages.inc({ type: knownType(type), event: 'published' });
  }

  confirmed(type: string): void {
    this.#messages.inc({ type: knownType(type), event: 'confirmed' });
  }

  returned(type: string): void {
    this.#messages.inc({ type: knownType(type), event: 'returned' });
  }

  republished(type: string): void {
    this.#messages.inc({ type: knownType(type), event: 'republished' });
  }

  delivered(queue: string, type: string): void {
    this.#delivered.inc({ queue, type: knownType(type) });
    this.#inFlight.inc({ queue });
  }

  settled(queue: string, outcome: DeliveryOutcome, seconds: number): void {
    this.#settled.observe({ queue, outcome }, seconds);
    this.#inFlight.dec({ queue });
  }

  dead(queue: string, code: string): void {
    this.#dead.inc({ queue, code });
  }

  reconnected(connection: ConnectionRole): void {
    this.#reconnected.inc({ connection });
  }

  blocked(seconds: number): void {
    this.#blocked.inc(seconds);
  }
}
