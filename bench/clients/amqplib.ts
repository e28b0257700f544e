import { connect, type ChannelModel } from 'amqplib';
import { type Contract, definitionOf } from '#contracts';

/** A connection of amqplib as our library opens it. */
export function connectPlainly(amqpUrl: string): Promise<ChannelModel> {
  return connect(`${amqpUrl}?heartbeat=5`, { noDelay: true });
}

/** Properties that all publish with. */
export function propertiesOf(contract: Contract, messageId: string) {
  const { type, contentType, persistent, mandatory } = definitionOf(contract);
  return { type, contentType, persistent, mandatory, messageId, timestamp: seconds() };
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}
