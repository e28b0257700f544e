import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { WorkOffered } from '#contracts';
import { Deferred, Gate, systemClock } from '#supervisor';
import { freshBroker, type FreshBroker } from '../../../../tools/testing/servers.ts';
import { leftIn, waitingIn } from '../../testing/brokers.js';
import { Broker } from '../broker.js';
import { NO_LOG } from '../broker-log.js';
import { BrokerServer } from '../nest/broker-server.js';
import type { DeliveryContext } from '../nest/delivery-context.js';
import { OnMessage } from '../nest/on-message.js';
import type { Slot } from './slots.js';

const SLOTS = 3;
const OFFERS = 40;

let onOffer: (offer: WorkOffered, slot: Slot) => Promise<void>;

@Controller()
class Worker {
  @OnMessage('work.offered')
  offered(@Payload() offer: WorkOffered, @Ctx() context: DeliveryContext): Promise<void> {
    if (context.slot === undefined) throw new Error('a delivery without a slot');
    return onOffer(offer, context.slot);
  }
}

@Module({ controllers: [Worker] })
class WorkerUnderTest {}

describe('a slot before every delivery', () => {
  let server: FreshBroker;
  let broker: Broker;
  let app: INestMicroservice;
  let transport: BrokerServer;

  beforeAll(async () => {
    server = await freshBroker();
  });
  afterAll(() => server.drop());

  beforeEach(async () => {
    broker = new Broker({
      url: server.amqpUrl,
      service: 'streamer',
      processId: randomUUID(),
      log: NO_LOG,
    });
    broker.start();
    transport = new BrokerServer(broker, {
      queues: [{ queue: 'streamer.work', slots: SLOTS }],
    });
    app = await NestFactory.createMicroservice(WorkerUnderTest, {
      strategy: transport,
      logger: false,
    });
    await app.listen();
  });
  afterEach(async () => {
    await app.close();
    await broker.close();
  });

  async function offer(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      await broker.publisher.publish(WorkOffered, { key: `stream/s-${n}`, epoch: 1 });
    }
  }

  const unread = (): Promise<number> => waitingIn(broker, 'streamer.work');

  it('never holds more work than there are slots, and does all of it', async () => {
    let holding = 0;
    let most = 0;
    let done = 0;
    const all = new Deferred();
    onOffer = async (_, slot) => {
      slot.keep();
      holding += 1;
      most = Math.max(most, holding);
      systemClock.setTimer(0, () => {
        holding -= 1;
        done += 1;
        slot.release();
        if (done === OFFERS) all.resolve();
      });
    };
    await offer(OFFERS);
    await all.promise;
    expect(most).toBeLessThanOrEqual(SLOTS);
    expect(await unread()).toBe(0);
  });

  it('leaves offers in the queue while it is full, and takes the next when a slot is free', async () => {
    const kept: Slot[] = [];
    const full = new Deferred();
    const next = new Deferred();
    onOffer = async (_, slot) => {
      slot.keep();
      kept.push(slot);
      if (kept.length === SLOTS) full.resolve();
      if (kept.length === SLOTS + 1) next.resolve();
    };
    await offer(10);
    await full.promise;
    expect(kept).toHaveLength(SLOTS);
    kept[0]?.release();
    await next.promise;
    expect(kept).toHaveLength(SLOTS + 1);
    let rest = 10 - kept.length;
    const empty = new Deferred();
    onOffer = async () => {
      rest -= 1;
      if (rest === 0) empty.resolve();
    };
    kept.forEach((slot) => slot.release());
    await empty.promise;
  });

  it('an offer that nobody keeps frees its slot', async () => {
    let seen = 0;
    const all = new Deferred();
    onOffer = async () => {
      seen += 1;
      if (seen === OFFERS) all.resolve();
    };
    await offer(OFFERS);
    await all.promise;
    expect(seen).toBe(OFFERS);
  });

  it('a delivery that is still being decided keeps its slot reserved', async () => {
    const deciding = new Gate();
    let open = 0;
    let most = 0;
    const done = new Deferred();
    let finished = 0;
    onOffer = async () => {
      open += 1;
      most = Math.max(most, open);
      await deciding.wait();
      open -= 1;
      finished += 1;
      if (finished === 10) done.resolve();
    };
    await offer(10);
    systemClock.setTimer(0, () => deciding.open());
    await done.promise;
    expect(most).toBeLessThanOrEqual(SLOTS);
  });

  it('acknowledges an offer that is decided while it drains', async () => {
    const began = new Deferred();
    const decided = new Gate();
    onOffer = async (_, slot) => {
      began.resolve();
      await decided.wait();
      slot.keep();
    };
    await offer(1);
    await began.promise;
    const drained = transport.drain(5_000);
    // By then nothing is consumed any more.
    for (let look = 0; look < 10; look += 1) await unread();
    decided.open();
    await drained;
    expect(await leftIn(broker, 'streamer.work')).toBe(0);
  });

  it('keeps a slot through a drain, until the work releases it', async () => {
    const kept = new Deferred<Slot>();
    onOffer = async (_, slot) => {
      slot.keep();
      kept.resolve(slot);
    };
    await offer(1);
    const slot = await kept.promise;
    await transport.drain(5_000);
    slot.release();
    slot.release();
    expect(await leftIn(broker, 'streamer.work')).toBe(0);
  });

  it('counts a slot once, however often it is released', async () => {
    let holding = 0;
    let most = 0;
    let done = 0;
    const all = new Deferred();
    onOffer = async (_, slot) => {
      slot.keep();
      holding += 1;
      most = Math.max(most, holding);
      systemClock.setTimer(0, () => {
        holding -= 1;
        done += 1;
        slot.release();
        slot.release();
        slot.deliveryEnded();
        if (done === OFFERS) all.resolve();
      });
    };
    await offer(OFFERS);
    await all.promise;
    expect(most).toBeLessThanOrEqual(SLOTS);
  });

  it('waits for the answer of an offer whose delivery is gone, and takes no more than there are slots', async () => {
    const began = new Deferred();
    const decided = new Gate();
    let calls = 0;
    const again = new Deferred();
    onOffer = async (_, slot) => {
      calls += 1;
      if (calls === 1) {
        began.resolve();
        await decided.wait();
        slot.keep();
        slot.release();
      } else again.resolve();
    };
    await offer(1);
    await began.promise;
    const connection = broker.consuming.live?.model.connection as unknown as { stream: Socket };
    connection.stream.destroy(new Error('read ECONNRESET'));
    // It is delivered again while the first handler waits still: that one is not stopped.
    await again.promise;
    decided.open();
    await transport.drain(5_000);
    expect(calls).toBe(2);
    expect(await leftIn(broker, 'streamer.work')).toBe(0);
  });
});
