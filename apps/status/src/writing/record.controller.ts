import { InvalidMessageError } from '#contracts';
import { DeliveryContext, OnMessage } from '#broker';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { isRecorded } from '../record/transitions.js';
import { Activity } from './activity.js';
import { RecordBatcher } from './record-batcher.js';
import { WriterMetrics } from './writer-metrics.js';

/** Takes everything that can change the record, in the order of the queue. A message is acknowledged once it is recorded. */
@Controller()
export class RecordController {
  constructor(
    private readonly batcher: RecordBatcher,
    private readonly activity: Activity,
    private readonly metrics: WriterMetrics,
  ) {}

  @OnMessage('status.record')
  async onMessage(
    @Payload() body: object,
    @Ctx() { message, signal }: DeliveryContext,
  ): Promise<void> {
    const { type, messageId, userId, appId, replyTo, correlationId, redelivered } = message;
    if (!isRecorded(type)) {
      throw new InvalidMessageError('unknown-type', `status.record does not take ${type}`);
    }
    this.activity.received();
    const envelope = { type, messageId, userId, appId, replyTo, correlationId, redelivered };
    await this.batcher.add({ ...envelope, body }, message.body.length, signal);
    this.metrics.lag((Date.now() - message.timestamp) / 1_000);
  }
}
