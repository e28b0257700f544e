import { InvalidMessageError, type ExchangeName } from '#contracts';
import type { IncomingMessage } from './incoming-message.js';

/** Exchanges whose routing keys say what a message is, and what its sender may publish. */
const KEYED: ReadonlySet<string> = new Set<ExchangeName>([
  'signalbox.commands',
  'signalbox.events',
]);

/**
 * Holds a message to the routing key that the broker let through: its type is the key, or the key up to a dot. Otherwise
 * whoever may publish `task.run` could send anything by calling it something else.
 *
 * @throws {InvalidMessageError} `type-mismatch`
 */
export function checkRoute({ exchange, routingKey, type }: IncomingMessage): void {
  if (!KEYED.has(exchange) || routingKey === type || routingKey.startsWith(`${type}.`)) return;
  throw new InvalidMessageError(
    'type-mismatch',
    `the message says it is ${JSON.stringify(type)}, and came to ${exchange} as ${JSON.stringify(routingKey)}: publish it with the routing key of its type`,
  );
}
