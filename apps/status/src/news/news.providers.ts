import { Publisher } from '#broker';
import { Logger } from '#runtime';
import type { Provider } from '@nestjs/common';
import { OfferDispatcher } from '../offers/offer-dispatcher.js';
import { Database } from '../storage/database.js';
import { EndedTargetsReader } from './ended-targets-reader.js';
import { OutsideTeller } from './outside-teller.js';
import { WatcherNews } from './watcher-news.js';

/** From the record to those who asked and those who watch. */
export const NEWS_PROVIDERS: Provider[] = [
  {
    provide: WatcherNews,
    inject: [Database, Publisher, Logger],
    useFactory: ({ reader }: Database, publisher: Publisher, log: Logger) =>
      new WatcherNews(new EndedTargetsReader(reader), publisher, log),
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
