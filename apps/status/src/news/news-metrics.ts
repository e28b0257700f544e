import { MetricsRegistry } from '#runtime';
import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';

/** What the news for watchers counts, for `/metrics`. */
@Injectable()
export class NewsMetrics {
  private readonly droppedNews: Counter;

  constructor(registry: MetricsRegistry) {
    this.droppedNews = new Counter({
      name: 'signalbox_watcher_news_dropped_total',
      help: 'News for watchers that were never told, because too many waited or the broker did not take them.',
      registers: [registry],
    });
  }

  dropped(): void {
    this.droppedNews.inc();
  }
}
