import { randomUUID } from 'node:crypto';
import type { ConfirmChannel } from 'amqplib';
import { ExecutionFinished, TargetsChanged, definitionOf } from '#contracts';
import { Deferred, Gate, abortable, withTimeout } from '#supervisor';
import { connectPlainly, propertiesOf } from '../clients/amqplib.ts';

/** Events that may be unconfirmed at once. */
export const WINDOW = 1_000;
const PATIENCE_MS = 60_000;

/** Events ready to be sent: what making them takes is no part of a measurement. */
export type Sent = readonly {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
}[];

export function encoded(events: readonly TargetsChanged[]): Sent {
  const definition = definitionOf(TargetsChanged);
  return events.map((event) => ({
    exchange: definition.exchange,
    routingKey: definition.routingKey(event),
    body: Buffer.from(JSON.stringify(event)),
  }));
}

/**
 * Says what owners say, with amqplib alone, which costs this process the least: persistent, mandatory, confirmed. Hears which executions
 * are finished.
 */
export class OwnerVoice {
  readonly #channel: ConfirmChannel;
  readonly #closeConnection: () => Promise<void>;
  readonly #unfinished = new Set<string>();
  readonly #finished = new Deferred();
  readonly #room = new Gate({ open: true });
  #unconfirmed = 0;
  #trouble: Error | undefined;

  private constructor(channel: ConfirmChannel, closeConnection: () => Promise<void>) {
    this.#channel = channel;
    this.#closeConnection = closeConnection;
  }

  /** Hears of the end of these executions from now on. */
  static async open(amqpUrl: string, executionIds: Iterable<string>): Promise<OwnerVoice> {
    const connection = await connectPlainly(amqpUrl);
    const channel = await connection.createConfirmChannel();
    const voice = new OwnerVoice(channel, () => connection.close());
    for (const id of executionIds) voice.#unfinished.add(id);
    channel.on('return', () => voice.#fail(new Error('An event was returned: no queue took it.')));
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const { exchange, type } = definitionOf(ExecutionFinished);
    await channel.bindQueue(queue, exchange, `${type}.#`);
    await channel.consume(queue, (delivery) => voice.#heard(delivery?.content), { noAck: true });
    return voice;
  }

  /** Sends them in order, as fast as the broker confirms. */
  async say(events: Sent, signal: AbortSignal): Promise<void> {
    for (const event of events) {
      if (this.#unconfirmed >= WINDOW) await this.#room.wait(signal);
      if (this.#trouble) throw this.#trouble;
      this.#send(event);
    }
  }

  /** Resolves when the broker has everything that was said. */
  async confirmed(signal: AbortSignal): Promise<void> {
    await abortable(this.#channel.waitForConfirms(), signal);
    if (this.#trouble) throw this.#trouble;
  }

  /** Resolves when all the executions are finished; throws after a minute without. */
  async finished(signal: AbortSignal): Promise<void> {
    await withTimeout(this.#finished.promise, PATIENCE_MS, { signal });
  }

  async close(): Promise<void> {
    await this.#closeConnection();
  }

  #send({ exchange, routingKey, body }: Sent[number]): void {
    const properties = { ...propertiesOf(TargetsChanged, randomUUID()), appId: 'task-runner' };
    this.#unconfirmed += 1;
    if (this.#unconfirmed >= WINDOW) this.#room.close();
    this.#channel.publish(exchange, routingKey, body, properties, (error: unknown) => {
      this.#unconfirmed -= 1;
      if (this.#unconfirmed < WINDOW / 2) this.#room.open();
      if (error) this.#fail(new Error('The broker took no event.', { cause: error }));
    });
  }

  #heard(content: Buffer | undefined): void {
    if (content === undefined) return this.#fail(new Error('The consumer was cancelled.'));
    const { executionId } = JSON.parse(content.toString()) as ExecutionFinished;
    this.#unfinished.delete(executionId);
    if (this.#unfinished.size === 0) this.#finished.resolve();
  }

  #fail(error: Error): void {
    this.#trouble ??= error;
    this.#finished.rejectHandled(error);
    this.#room.open();
  }
}
