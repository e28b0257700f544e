import type { IncomingMessage } from '#broker';
import { SERVICES, definitionOf, publishersOf } from '#contracts';
import type { Refusal } from '../record/commands/answer.js';

/** What of a delivery says who sent it: the broker vouches for all of it. */
type Sent = Pick<IncomingMessage, 'type' | 'userId' | 'exchange' | 'headers'>;

interface SenderRefusal extends Refusal {
  readonly code: 'sender-not-allowed';
}

/** The broker writes it on whatever goes to another queue because the first one gave it up. */
const DEAD_LETTERED = 'x-death';

/**
 * Why a message in `status.record` does not count, whatever it says; `undefined` when it does. RabbitMQ checks who may send what at
 * the exchanges with routing keys, but services reply and write dead letters past them, and so can reach every queue:
 *
 * - the user of a service says what that service says, and gives no commands;
 * - a message came by the exchange that checks its sender. Past it come offers that the broker gave up, and what a person puts
 *   back by name, with a `user-id` (a replayed dead letter).
 *
 * Throws for a type that the contracts do not know.
 */
export function senderRefusal(message: Sent): SenderRefusal | undefined {
  const reason = reasonAgainst(message);
  return reason === undefined ? undefined : { code: 'sender-not-allowed', reason };
}

function reasonAgainst({ type, userId, exchange: came, headers }: Sent): string | undefined {
  const definition = definitionOf(type);
  const { kind, exchange } = definition;
  const service = SERVICES.find((name) => name === userId);
  if (service !== undefined && !publishersOf(definition).includes(service)) {
    return `${service} is the user of a service, which does not send ${type}: log in as a user of your own`;
  }
  if (kind === 'offer') return came === 'signalbox.dead' ? undefined : astray(type, came);
  // A queue of a service may dead-letter to any exchange that the service writes to, and the broker asks for no key then.
  if (headers[DEAD_LETTERED] !== undefined) {
    return `${type} was dead-lettered on its way here (header ${DEAD_LETTERED}), so that nobody checked its sender: publish it to ${exchange} as a new message`;
  }
  const isPutBack = came === '' && userId !== undefined && service === undefined;
  if (came === exchange || isPutBack) return undefined;
  return `${astray(type, came)}: publish it to ${exchange}, or set the AMQP property user-id when you put a message back`;
}

function astray(type: string, came: string): string {
  return `${type} came by ${came === '' ? 'the default exchange' : came}, where nobody checks who may send it`;
}
