import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ListTargets, TargetsChanged, WorkOffered, parseMessage } from '#contracts';
import { Broker, incomingMessage, type BrokerChannel } from '#broker';
import { silentLog } from '#runtime';

import { declare } from '../apps/status/testing/hand-worker.ts';
import { eventually } from '../tools/testing/eventually.ts';
import { StatusUnderTest } from './status-under-test.ts';

jest.setTimeout(90_000);

describe('the rules of the record (leases.md), with a status, a broker and a database', () => {
  let status: StatusUnderTest;
  let broker: Broker;

  beforeAll(async () => {
    status = await StatusUnderTest.open();
    await status.ready();
    const { amqpUrl: url } = status;
    broker = new Broker({ url, service: 'task-runner', processId: randomUUID(), log: silentLog });
    broker.start();
  });

  afterEach(() => status.closeWorkers());

  afterAll(async () => {
    await broker?.close();
    await status?.close();
  });

  it('S3: an offer that its queue gives up is made again, in the next epoch', async () => {
    await using queue = await GivenUp.on(broker);
    const executionId = await status.run(['host-1']);
    const key = `chunk/${executionId}/1`;
    expect(await queue.giveUp()).toEqual({ key, epoch: 1 });
    expect(await queue.giveUp()).toEqual({ key, epoch: 2 });
    await queue.close();
    const worker = await status.startWorker();
    const lease = await worker.takeWork();
    expect(lease.epoch).toBe(3);
    await worker.report(lease, { 'host-1': 'succeeded' });
    lease.finish();
    expect(await status.ending(executionId)).toMatchObject({ outcome: 'succeeded' });
  });

  it('S5: an outcome of an older epoch is counted as superseded, and changes nothing', async () => {
    const first = await status.startWorker();
    const executionId = await status.run(['host-1', 'host-2']);
    const lost = await first.takeWork();
    await first.report(lost, { 'host-1': 'started', 'host-2': 'started' });
    await first.vanish();
    const second = await status.startWorker();
    const lease = await second.takeWork();
    expect(lease.epoch).toBe(lost.epoch + 1);
    const before = await superseded();
    await broker.publisher.publish(TargetsChanged, {
      key: lost.key,
      epoch: lost.epoch,
      seq: 2,
      changes: [{ target: 'host-1', state: 'failed', attempt: 1 }],
    });
    await eventually('it is counted', async () => (await superseded()) === before + 1);
    expect(await status.execution(executionId)).toMatchObject({
      state: 'running',
      counts: { failed: 0, succeeded: 0, running: 2 },
    });
    await second.report(lease, { 'host-1': 'succeeded', 'host-2': 'succeeded' });
    lease.finish();
    expect(await status.ending(executionId)).toMatchObject({ outcome: 'succeeded' });
    expect(await status.ask(ListTargets, { executionId })).toMatchObject({
      items: [{ state: 'succeeded' }, { state: 'succeeded' }],
    });
  });

  it('S9: an owner is declared gone when its control queue is, and no other one', async () => {
    const [steady, frail] = [await status.startWorker(), await status.startWorker()];
    const ids = [await status.run(['host-1']), await status.run(['host-1'])];
    const offers = [await steady.takeWork(), await frail.takeWork()];
    expect(new Set(offers.map(({ key }) => key)).size).toBe(ids.length);
    const [kept, lost] = offers;
    await frail.vanish();
    const again = await steady.takeWork();
    expect(again).toMatchObject({ key: lost?.key, epoch: 2 });
    // Pinged on, and not expired.
    expect(kept?.epoch).toBe(1);
    for (const lease of [kept, again]) {
      if (lease === undefined) throw new Error('no lease');
      await steady.report(lease, { 'host-1': 'succeeded' });
      lease.finish();
    }
    for (const id of ids) {
      expect(await status.ending(id)).toMatchObject({ outcome: 'succeeded' });
    }
  });

  it('S10: work that nobody gets done ends by itself after five attempts to give it to somebody', async () => {
    await using queue = await GivenUp.on(broker);
    const executionId = await status.run(['host-1', 'host-2']);
    for (let epoch = 1; epoch <= 5; epoch += 1) {
      expect(await queue.giveUp()).toMatchObject({ epoch });
    }
    expect(await status.ending(executionId)).toMatchObject({
      outcome: 'failed',
      counts: { lost: 2 },
    });
    expect(await status.ask(ListTargets, { executionId })).toMatchObject({
      items: [
        { state: 'lost', code: 'owner-lost-repeatedly' },
        { state: 'lost', code: 'owner-lost-repeatedly' },
      ],
    });
  });

  it('S10: an owner that vanishes with it each time counts the same; an outcome in between begins anew', async () => {
    const executionId = await status.run(['host-1', 'host-2']);
    for (let time = 1; time <= 2; time += 1) {
      const worker = await status.startWorker();
      const lease = await worker.takeWork();
      await worker.report(lease, { 'host-1': 'started' });
      await worker.vanish();
    }
    const careful = await status.startWorker();
    const lease = await careful.takeWork();
    expect(lease.epoch).toBe(3);
    await careful.report(lease, { 'host-1': 'succeeded' });
    await careful.vanish();
    await using queue = await GivenUp.on(broker);
    // That was the first in a row; these are the others.
    for (let epoch = 4; epoch <= 7; epoch += 1) {
      expect(await queue.giveUp()).toMatchObject({ epoch });
    }
    expect(await status.ending(executionId)).toMatchObject({
      outcome: 'failed',
      counts: { succeeded: 1, lost: 1 },
    });
  });

  function superseded(): Promise<number> {
    return status.service.metric('signalbox_record_superseded_total');
  }
});

/** The queue of offers, whose head a test gives up: RabbitMQ dead-letters it. */
class GivenUp implements AsyncDisposable {
  private constructor(private readonly channel: BrokerChannel) {}

  static async on(broker: Broker): Promise<GivenUp> {
    const channel = await broker.openChannel('consume');
    await declare(channel, 'task-runner.work');
    return new GivenUp(channel);
  }

  /** Gives up the next offer, waiting for it. */
  async giveUp(): Promise<WorkOffered> {
    for (;;) {
      const delivery = await this.channel.raw.get('task-runner.work');
      if (delivery === false) {
        await sleep(10);
        continue;
      }
      this.channel.raw.nack(delivery, false, false);
      const { type, body } = incomingMessage(delivery);
      return parseMessage(type, body) as WorkOffered;
    }
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
