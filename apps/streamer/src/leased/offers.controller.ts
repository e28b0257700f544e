import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { DeliveryContext, OnMessage } from '#broker';
import { InvalidMessageError, WorkOffered } from '#contracts';
import { LeaseClient } from '#lease';
import { StreamRuns } from './stream-runs.js';

/** Takes offers of streams. */
@Controller()
export class OffersController {
  constructor(
    private readonly leases: LeaseClient,
    private readonly runs: StreamRuns,
  ) {}

  /** Returning acknowledges the offer: only once the record has answered, however long that takes (leases.md, W1 and W2). */
  @OnMessage('work.offered')
  async onOffer(@Payload() { key }: WorkOffered, @Ctx() context: DeliveryContext): Promise<void> {
    const acquired = await this.leases.acquire(key, context.signal);
    if (acquired.answer !== 'granted') return;
    const { lease } = acquired;
    if (lease.grant.stream === undefined) {
      lease.finish();
      throw new InvalidMessageError(
        'contract-violated',
        `${key} was offered here, but is no stream`,
      );
    }
    this.runs.start(lease, lease.grant.stream, context.slot);
  }
}
