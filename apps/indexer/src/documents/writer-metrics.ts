import { MetricsRegistry } from '#runtime';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { ItemResult } from '../stores/item-result.js';

/** What the writer counts, for `/metrics`. */
@Injectable()
export class WriterMetrics {
  private readonly results: Counter<'result'>;
  private readonly bulkSeconds: Histogram;
  private readonly heldDocuments: Gauge;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    this.results = new Counter({
      name: 'signalbox_indexer_results_total',
      help: 'What the store said of documents; one that is tried again is counted again.',
      labelNames: ['result'],
      registers,
    });
    this.bulkSeconds = new Histogram({
      name: 'signalbox_indexer_bulk_seconds',
      help: 'How long the store took for a bulk.',
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    });
    this.heldDocuments = new Gauge({
      name: 'signalbox_indexer_held_documents',
      help: 'Documents of messages that are not settled yet.',
      registers,
    });
  }

  /** A bulk was answered. */
  bulk(results: readonly ItemResult[], seconds: number): void {
    this.bulkSeconds.observe(seconds);
    for (const result of results) this.results.inc({ result: result.class });
  }

  /** Documents came (or, negative, went). */
  held(documents: number): void {
    this.heldDocuments.inc(documents);
  }
}
