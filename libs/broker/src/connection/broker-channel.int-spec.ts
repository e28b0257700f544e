import { randomUUID } from 'node:crypto';
import { getEventListeners, once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsumeMessage } from 'amqplib';
import { DependencyUnavailableError, InvalidMessageError } from '#contracts';
import { Deferred } from '#supervisor';
import { Brokers, waitingIn } from '../../testing/brokers.js';
import { TcpProxy } from '../../testing/tcp-proxy.js';
import type { Broker } from '../broker.js';
import type { OutgoingMessage } from '../publish/outgoing-message.js';
import { PublishRefusedError, UnroutableError } from '../publish/publish-errors.js';
import { BrokerChannel } from './broker-channel.js';

function message(routingKey: string, about: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    exchange: '',
    routingKey,
    body: Buffer.from('{}'),
    ...about,
    properties: { messageId: randomUUID(), type: 'test', mandatory: true, ...about.properties },
  };
}

/** `confirmed`, `unroutable`, or the error. */
const fateOf = (publish: Promise<void>): Promise<unknown> =>
  publish.then(
    () => 'confirmed',
    (error: unknown) => (error instanceof UnroutableError ? 'unroutable' : error),
  );

const aborted = async (signal: AbortSignal): Promise<unknown> => {
  if (!signal.aborted) await once(signal, 'abort');
  return signal.reason;
};

describe('a channel', () => {
  let brokers: Brokers;
  let proxy: TcpProxy;
  let broker: Broker;
  let queue: string;

  beforeAll(async () => {
    brokers = await Brokers.fresh();
    proxy = await TcpProxy.to(brokers.url);
    broker = await brokers.open({ url: proxy.through(brokers.url) });
  });
  afterAll(async () => {
    await brokers[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    queue = `test-${randomUUID()}`;
    const channel = await open();
    await channel.raw.assertQueue(queue, { arguments: { 'x-queue-type': 'quorum' } });
    await channel.close();
  });

  async function open(): Promise<BrokerChannel> {
    return BrokerChannel.open(await broker.consuming.whenUp());
  }

  it('reports a message that no queue takes, also among others with the same id', async () => {
    const channel = await open();
    const properties = { messageId: 'the-same', type: 'test', mandatory: true };
    const nowhere = `nowhere-${randomUUID()}`;
    const publishes = Array.from({ length: 100 }, (_, n) =>
      channel.publish(message(n % 3 === 0 ? nowhere : queue, { properties })),
    );
    const fates = await Promise.all(publishes.map(fateOf));
    expect(fates).toEqual(fates.map((_, n) => (n % 3 === 0 ? 'unroutable' : 'confirmed')));
    expect(await waitingIn(broker, queue)).toBe(66);
    await channel.close();
  });

  it('tells who published to an exchange that does not exist, and not the others', async () => {
    const channel = await open();
    const [good, bad] = await Promise.all([
      fateOf(channel.publish(message(queue))),
      fateOf(channel.publish(message('key', { exchange: 'no-such-exchange' }))),
    ]);
    expect(bad).toBe('unroutable');
    expect(['confirmed', channel.lost.reason]).toContain(good);
    expect(channel.lost.aborted).toBe(true);
    expect(channel.lost.reason).not.toBeInstanceOf(UnroutableError);
  });

  it('reports a refusal by a full queue', async () => {
    const channel = await open();
    const full = `full-${queue}`;
    await channel.raw.assertQueue(full, {
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    });
    await channel.publish(message(full));
    await expect(channel.publish(message(full))).rejects.toBeInstanceOf(PublishRefusedError);
    await channel.close();
  });

  it('refuses headers that cannot be encoded, and lives on', async () => {
    const channel = await open();
    const headers = { huge: 'x'.repeat(70_000) };
    const properties = { messageId: 'huge', type: 'test', headers };
    const failure = channel.publish(message(queue, { properties }));
    await expect(failure).rejects.toBeInstanceOf(InvalidMessageError);
    await channel.settled();
    await channel.publish(message(queue));
    await channel.close();
  });

  it('takes nothing once it is being closed, settles nothing, and closes twice', async () => {
    const channel = await open();
    const delivered = new Deferred<ConsumeMessage>();
    await channel.consume(queue, delivered.resolve, { prefetch: 1 });
    await channel.publish(message(queue));
    const delivery = await delivered.promise;
    const unconfirmed = channel.publish(message(queue));
    const closing = [channel.close(), channel.close()];
    expect(channel.lost.aborted).toBe(true);
    channel.ack(delivery);
    channel.requeue(delivery);
    await expect(channel.publish(message(queue))).rejects.toBe(channel.lost.reason);
    await expect(unconfirmed).rejects.toBe(channel.lost.reason);
    await expect(channel.writable()).rejects.toBe(channel.lost.reason);
    await Promise.all(closing);
    await channel.close();
  });

  it('is closed when its connection dies while it closes', async () => {
    const channel = await open();
    const closing = channel.close();
    proxy.cut();
    await expect(closing).resolves.toBeUndefined();
  });

  it('fails what is unconfirmed when its connection dies, and is settled then', async () => {
    const channel = await open();
    const publishes = Array.from({ length: 20 }, () => channel.publish(message(queue)));
    proxy.cut();
    const fates = new Set(await Promise.all(publishes.map(fateOf)));
    await channel.settled();
    fates.delete('confirmed');
    expect([...fates]).toEqual([channel.lost.reason]);
    expect(channel.lost.reason).toBeInstanceOf(DependencyUnavailableError);
  });

  it('makes wait when the socket is full, and lets go on when it is not', async () => {
    const channel = await open();
    const publishes: Promise<void>[] = [];
    let waited = 0;
    for (let n = 0; n < 3_000; n += 1) {
      publishes.push(channel.publish(message(queue)));
      let isHeldUp = true;
      const writable = channel.writable().then(() => (isHeldUp = false));
      await fewReactions();
      if (isHeldUp) waited += 1;
      await writable;
    }
    await Promise.all(publishes);
    expect(waited).toBeGreaterThan(0);
    await channel.close();
  });

  const fewReactions = async (): Promise<void> => {
    for (let reaction = 0; reaction < 10; reaction += 1) await Promise.resolve();
  };

  it('leaves nothing on its connection', async () => {
    const connection = await broker.consuming.whenUp();
    for (let n = 0; n < 100; n += 1) {
      const channel = await BrokerChannel.open(connection);
      await channel.close();
    }
    expect(getEventListeners(connection.lost, 'abort').length).toBeLessThanOrEqual(1);
  });

  it('gives up opening when its signal aborts, and leaves no channel', async () => {
    const connection = await broker.consuming.whenUp();
    const reason = new Error('enough');
    const stop = new AbortController();
    const opening = BrokerChannel.open(connection, stop.signal);
    stop.abort(reason);
    await expect(opening).rejects.toBe(reason);
    const channel = await BrokerChannel.open(connection);
    await channel.publish(message(queue));
    await channel.close();
  });

  it('is lost when the broker cancels its consumer', async () => {
    const channel = await open();
    await channel.consume(queue, () => undefined);
    const other = await open();
    await other.raw.deleteQueue(queue);
    expect(String(await aborted(channel.lost))).toContain(
      `the broker cancelled the consumer of queue ${queue}`,
    );
    await other.close();
  });

  it('is lost when its reader throws, and says so', async () => {
    const channel = await open();
    await channel.consume(queue, () => {
      throw new Error('a defect');
    });
    await channel.publish(message(queue)).catch(() => undefined);
    expect(String(await aborted(channel.lost))).toContain(
      `a reader of queue ${queue} failed: a defect`,
    );
    await (await open()).close();
  });
});
