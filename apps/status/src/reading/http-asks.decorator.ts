import { SetMetadata } from '@nestjs/common';
import type { Contract } from '#contracts';

const ASKS = 'signalbox:asks';

/**
 * Declares which question a route asks: the fields of its contract are the parameters of the path and of the query, the contract of its
 * reply (`<type>.answered`) is the body of the answer. The OpenAPI document is made from it.
 */
export function Asks(question: Contract): MethodDecorator {
  return SetMetadata(ASKS, question);
}

/** The question that a handler asks; `undefined` when it asks none. */
export function questionAskedBy(handler: object): Contract | undefined {
  return Reflect.getMetadata(ASKS, handler) as Contract | undefined;
}
