import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { DeliveryContext, OnMessage } from '#broker';
import { InvalidMessageError, WorkOffered } from '#contracts';
import { LeaseClient } from '#lease';
import { ChunkRuns } from './chunk-runs.js';

/** Takes offers of chunks. */
@Controller()
export class OffersController {
  constructor(
    private readonly leases: LeaseClient,
    private readonly chunks: ChunkRuns,
  ) {}

  /** Returning acknowledges the offer: only once the record has answered, however long that takes (leases.md, W1 and W2). */
  @OnMessage('work.offered')
  async onOffer(@Payload() { key }: WorkOffered, @Ctx() context: DeliveryContext): Promise<void> {
    const acquired = await this.leases.acquire(key, context.signal);
    if (acquired.answer !== 'granted') return;
    const { lease } = acquired;
    if (lease.grant.chunk === undefined) {
      lease.finish();
      const problem = `${key} was offered here, but is no chunk`;
      throw new InvalidMessageError('contract-violated', problem);
    }
    this.chunks.start(lease, lease.grant.chunk, context.slot);
  }
}
