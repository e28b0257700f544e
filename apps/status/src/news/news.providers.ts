import { Publisher } from '#broker';
import { Logger } from '#runtime';
import type { Provider } from '@nestjs/common';
import { OfferDispatcher } from '../offers/offer-dispatcher.js';
import { Database } from '../storage/database.js';
import { EndedTargetsReader } from './ended-targets-reader.js';
import { NewsMetrics } from './news-metrics.js';
import { OutsideTeller } from './outside-teller.js';
import { WatcherNews } from './watcher-news.js';

/** From the record to those who asked and those who watch. */
export const NEWS_PROVIDERS: Provider[] = [
  NewsMetrics,
  {
    provide: WatcherNews,
    inject: [Database, Publisher, NewsMetrics, Logger],
    useFactory: ({ reader }: Database, publisher: Publisher, metrics: NewsMetrics, log: Logger) =>
      new WatcherNews(new EndedTargetsReader(reader), publisher, metrics, log),
  },
  {
    provide: OutsideTeller,
    inject: [Publisher, OfferDispatcher, WatcherNews, Logger],
    useFactory: (
      publisher: Publisher,
      dispatcher: OfferDispatcher,
      news: WatcherNews,
      log: Logger,
    ) => new OutsideTeller(publisher, dispatcher, news, log),
  },
];
