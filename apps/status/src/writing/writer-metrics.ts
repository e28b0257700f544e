import { MetricsRegistry } from '#runtime';
import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';

/** What the writer of the record counts, for `/metrics`. */
@Injectable()
export class WriterMetrics {
  private readonly messages: Histogram;
  private readonly seconds: Histogram;
  private readonly supersededEvents: Counter;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    this.messages = new Histogram({
      name: 'signalbox_record_batch_messages',
      help: 'Messages recorded in one transaction.',
      buckets: [1, 3, 10, 30, 100, 300, 500],
      registers,
    });
    this.seconds = new Histogram({
      name: 'signalbox_record_batch_seconds',
      help: 'How long a transaction took.',
      buckets: [0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 3],
      registers,
    });
    this.supersededEvents = new Counter({
      name: 'signalbox_record_superseded_total',
      help: 'Events of former owners, or about closed work: recorded, and without effect.',
      registers,
    });
  }

  /** A batch was committed. */
  recorded(messages: number, superseded: number, seconds: number): void {
    this.messages.observe(messages);
    this.seconds.observe(seconds);
    this.supersededEvents.inc(superseded);
  }
}
