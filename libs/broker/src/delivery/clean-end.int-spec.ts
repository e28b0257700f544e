import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  DependencyUnavailableError,
  StatusTick,
  type IndexDocuments,
  type LiveQueueName,
} from '#contracts';
import { Deferred, Gate, turn } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers } from '../../testing/brokers.js';
import { idOf, publishDocument } from '../../testing/documents.js';
import { transportOf } from '../../testing/transport.js';
import type { Broker } from '../broker.js';
import { BrokerChannel } from '../connection/broker-channel.js';
import type { BrokerServer } from '../nest/broker-server.js';
import { isOrdered } from './consumer-options.js';

const DONE = 300;
const WAITING = 100;
const processId = randomUUID();

describe('the end of a consumer that has just acknowledged much', () => {
  let brokers: Brokers;
  let publishing: Broker;
  const cancel = jest.spyOn(BrokerChannel.prototype, 'cancel');

  beforeEach(async () => {
    cancel.mockClear();
    brokers = await Brokers.fresh();
    publishing = await brokers.open();
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  /** A reader in a process of its own. */
  async function reader(
    queue: LiveQueueName,
    handler: (n: number) => Promise<void>,
  ): Promise<BrokerServer> {
    const broker = await brokers.open({
      service: isOrdered(queue) ? 'status' : 'indexer',
    });
    const transport = transportOf(broker, [{ queue, prefetch: DONE }], {
      'document.index': (body: IndexDocuments) => handler(Number(idOf(body))),
      'status.tick': ({ at }: StatusTick) => handler(at),
    });
    return brokers.listen(transport);
  }

  /** Puts these numbers into the queue, in order. */
  async function publish(queue: LiveQueueName, from: number, to: number): Promise<void> {
    for (let n = from; n <= to; n += 1) {
      if (isOrdered(queue)) await publishing.publisher.publish(StatusTick, { processId, at: n });
      else await publishDocument(publishing, String(n));
    }
  }

  const numbers = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, n) => from + n);

  it.each<LiveQueueName>(['indexer.documents', 'status.record'])(
    'settles before it closes: leaves nothing to do again when %s is drained',
    async (queue) => {
      const [allBegan, stopped] = [new Deferred(), new Gate()];
      let began = 0;
      const leaving = await reader(queue, async (n) => {
        began += 1;
        if (began === DONE) allBegan.resolve();
        await stopped.wait();
        // A hole, so that the others are acknowledged one by one.
        if (n === 1) await turn();
      });
      await publish(queue, 1, DONE);
      await allBegan.promise;
      await publish(queue, DONE + 1, DONE + WAITING);
      const drained = leaving.drain(20_000);
      // A consumer that goes by order is not cancelled.
      if (!isOrdered(queue)) {
        await eventually('it is being cancelled', () => cancel.mock.results.length > 0);
        await cancel.mock.results[0]?.value;
      }
      stopped.open();
      await drained;
      const second: number[] = [];
      await reader(queue, async (n) => void second.push(n));
      await publish(queue, DONE + WAITING + 1, DONE + WAITING + 20);
      await eventually('the rest is done', () => second.includes(DONE + WAITING + 20));
      expect(began).toBe(DONE);
      const read = isOrdered(queue) ? second : second.toSorted((a, b) => a - b);
      expect(read).toEqual(numbers(DONE + 1, DONE + WAITING + 20));
    },
  );

  it.each<LiveQueueName>(['indexer.documents', 'status.record'])(
    'leaves only what was not done when %s is paused',
    async (queue) => {
      const calls = new Map<number, number>();
      const allBegan = new Gate();
      let down = true;
      const pausing = await reader(queue, async (n) => {
        calls.set(n, (calls.get(n) ?? 0) + 1);
        if (calls.size === DONE) allBegan.open();
        await allBegan.wait();
        if (n > 1 || !down) return;
        await turn();
        throw new DependencyUnavailableError('the store is down');
      });
      pausing.setProbe(queue, async () => void (down = false));
      await publish(queue, 1, DONE);
      await eventually('all is done', () => calls.get(1) === 2);
      await publish(queue, DONE + 1, DONE + 20);
      await eventually('what came later is done', () => calls.has(DONE + 20));
      expect([...calls].filter(([, count]) => count > 1)).toEqual([[1, 2]]);
    },
  );
});
