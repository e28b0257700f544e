import { Publisher } from '#broker';
import { Logger } from '#runtime';
import type { Provider } from '@nestjs/common';
import { Database } from '../storage/database.js';
import { DueOffers } from './due-offers.js';
import { OfferDispatcher } from './offer-dispatcher.js';

/** From what is due to the work queues. */
export const OFFERS_PROVIDERS: Provider[] = [
  {
    provide: OfferDispatcher,
    inject: [Database, Publisher, Logger],
    useFactory: ({ reader }: Database, publisher: Publisher, log: Logger) =>
      new OfferDispatcher(new DueOffers(reader), publisher, log),
  },
];
