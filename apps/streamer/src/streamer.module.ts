import { Module } from '@nestjs/common';
import { OffersController } from './leased/offers.controller.js';
import { StreamerLifecycle } from './streamer.lifecycle.js';
import { STREAMER_PROVIDERS } from './streamer.providers.js';

/** Follows HTTP streams. */
@Module({
  controllers: [OffersController],
  providers: [...STREAMER_PROVIDERS, StreamerLifecycle],
})
export class StreamerModule {}
