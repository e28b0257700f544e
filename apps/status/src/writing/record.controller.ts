import { InvalidMessageError, SignalboxError, definitionOf } from '#contracts';
import { DeliveryContext, OnInvalid, OnMessage, currentTraceparent } from '#broker';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { invalidCommand } from '../record/commands/invalid-command.js';
import type { RecordMessage } from '../record/message.js';
import { isRecorded } from '../record/transitions.js';
import { Activity } from './activity.js';
import { RecordBatcher } from './record-batcher.js';
import { senderRefusal } from './sender-refusal.js';

/**
 * Takes everything that can change the record, in the order of the queue. A message is acknowledged once it is recorded. What its sender
 * may not say changes nothing: a command is refused by the record, all else is a dead letter.
 */
@Controller()
export class RecordController {
  constructor(
    private readonly batcher: RecordBatcher,
    private readonly activity: Activity,
  ) {}

  @OnMessage('status.record')
  async onMessage(@Payload() body: object, @Ctx() context: DeliveryContext): Promise<void> {
    const { type } = context.message;
    if (!isRecorded(type)) {
      throw new InvalidMessageError('unknown-type', `status.record does not take ${type}`);
    }
    await this.record({ body }, context);
  }

  /** A command that breaks its contract is refused by the record, as any other that is refused, if it says what it is about (tasks.md). */
  @OnInvalid('status.record')
  async onInvalid(
    @Payload() problem: InvalidMessageError,
    @Ctx() context: DeliveryContext,
  ): Promise<'handled' | undefined> {
    const { type, body } = context.message;
    const command = isRecorded(type) ? invalidCommand(type, body, problem) : undefined;
    if (command === undefined) return undefined;
    await this.record(command, context);
    return 'handled';
  }

  private async record(
    what: Pick<RecordMessage, 'body' | 'refusal'>,
    { message, signal }: DeliveryContext,
  ): Promise<void> {
    const { type, messageId, userId, appId, replyTo, correlationId, redelivered } = message;
    this.activity.received();
    const forbidden = senderRefusal(message);
    if (forbidden !== undefined && definitionOf(type).kind !== 'command') {
      throw new SignalboxError(forbidden.code, forbidden.reason);
    }
    const envelope = { type, messageId, userId, appId, replyTo, correlationId, redelivered };
    const facts = { ...envelope, traceparent: currentTraceparent(), forbidden, ...what };
    await this.batcher.add(facts, message.body.length, signal);
  }
}
