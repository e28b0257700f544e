import { EventPattern } from '@nestjs/microservices';
import type { LiveQueueName } from '#contracts';

/**
 * Marks the handler of what arrives in a queue and cannot be read. Its payload is the `InvalidMessageError`; the message as it came is in the
 * `DeliveryContext`. When it returns `'handled'` the message is acknowledged and nobody else is told; else it becomes a dead letter, as it
 * does without such a handler.
 */
export function OnInvalid(queue: LiveQueueName): MethodDecorator {
  return EventPattern(invalidIn(queue)) as MethodDecorator;
}

/** The pattern of the handler; no message has a type like it. */
export function invalidIn(queue: LiveQueueName): string {
  return `invalid in ${queue}`;
}
