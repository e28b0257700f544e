import { MetricsRegistry } from '#runtime';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { RESET_REASONS, type ResetReason } from './feed-client.js';

/** How a client of the feed ended. */
const FEED_CLIENT_ENDINGS = ['left', 'slow', 'refused', 'closing', 'failed'] as const;
export type FeedClientEnding = (typeof FEED_CLIENT_ENDINGS)[number];

/** What the feed counts, for `/metrics`. */
@Injectable()
export class FeedMetrics {
  private readonly present: Gauge;
  private readonly ended: Counter;
  private readonly resets: Counter;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    this.present = new Gauge({
      name: 'signalbox_feed_clients',
      help: 'Clients of the live feed.',
      registers,
    });
    this.ended = new Counter({
      name: 'signalbox_feed_clients_ended_total',
      help: 'How clients of the live feed ended: they left, were dropped as too slow, were refused because there were too many, the service closed, or a defect.',
      labelNames: ['reason'],
      registers,
    });
    for (const reason of FEED_CLIENT_ENDINGS) this.ended.inc({ reason }, 0);
    this.resets = new Counter({
      name: 'signalbox_feed_resets_total',
      help: 'How often a client of the live feed was told to begin anew, and why.',
      labelNames: ['reason'],
      registers,
    });
    for (const reason of RESET_REASONS) this.resets.inc({ reason }, 0);
  }

  /** So many more clients, or fewer. */
  clients(change: number): void {
    this.present.inc(change);
  }

  clientEnded(reason: FeedClientEnding): void {
    this.ended.inc({ reason });
  }

  reset(reason: ResetReason): void {
    this.resets.inc({ reason });
  }
}
