import { EventPattern, MessagePattern } from '@nestjs/microservices';

/**
 * Marks the handler of a message type (`work.offered`), or of everything that arrives in a queue (`status.record`): Nest's
 * `@EventPattern`, for methods that take the `DeliveryContext` too. Returning acknowledges the message.
 */
export function OnMessage(typeOrQueue: string): MethodDecorator {
  return EventPattern(typeOrQueue) as MethodDecorator;
}

/** Marks the handler of a query (`execution.get`): Nest's `@MessagePattern`. What it returns, an instance of a reply's contract, is the answer. */
export function OnQuery(type: string): MethodDecorator {
  return MessagePattern(type);
}
