import type { MessageHandler } from '@nestjs/microservices';
import { BrokerServer, type Broker, type ConsumerOptions, type DeliveryContext } from '#broker';

/** What a test does with a message; by type, or by queue. */
export type Handlers = Readonly<
  Record<string, (body: never, context: DeliveryContext) => Promise<object | void>>
>;

/** A transport with these handlers that does not listen yet. */
export function transportOf(
  broker: Broker,
  queues: readonly ConsumerOptions[],
  handlers: Handlers,
): BrokerServer {
  const transport = new BrokerServer(broker, { queues });
  for (const [pattern, handler] of Object.entries(handlers)) {
    transport.addHandler(pattern, handler as unknown as MessageHandler, true);
  }
  return transport;
}

/** Makes a transport listen; rejects with what makes that impossible. */
export async function listening(transport: BrokerServer): Promise<BrokerServer> {
  let failure: unknown;
  await transport.listen((error) => {
    failure = error;
  });
  if (failure !== undefined) throw failure as Error;
  return transport;
}
