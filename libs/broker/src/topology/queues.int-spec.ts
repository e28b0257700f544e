import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QUEUES, SERVICES } from '#contracts';
import { Brokers, withChannel } from '../../testing/brokers.js';
import { Management, type DeclaredQueue } from '../../testing/management.js';
import { publishRaw } from '../../testing/raw-messages.js';
import type { Broker } from '../broker.js';
import { declareExchanges, declareServiceQueues } from './declare.js';

const LOOKS = 50;
/** What some version of the broker refuses, ignores, or does differently. */
const UNUSED = ['x-queue-mode', 'x-queue-version', 'x-max-priority', 'x-message-ttl', 'x-expires'];

describe('the queues of all services, as the broker has them', () => {
  let brokers: Brokers;
  let broker: Broker;
  let queues: readonly DeclaredQueue[];

  beforeAll(async () => {
    brokers = await Brokers.fresh();
    broker = await brokers.open();
    await withChannel(broker, async (channel) => {
      await declareExchanges(channel);
      for (const service of SERVICES) await declareServiceQueues(channel, service);
    });
    queues = await new Management(brokers.server).queues();
  });
  afterAll(() => brokers[Symbol.asyncDispose]());

  const isDead = ({ name }: DeclaredQueue): boolean => name.endsWith('.dead');

  it('are those of the contracts: there is no retry queue', () => {
    const names = queues.map(({ name }) => name);
    expect(names.toSorted()).toEqual(Object.keys(QUEUES).toSorted());
  });

  it('are durable quorum queues with an explicit, positive delivery limit', () => {
    for (const { durable, exclusive, arguments: args } of queues) {
      expect({ durable, exclusive }).toEqual({ durable: true, exclusive: false });
      expect(args['x-queue-type']).toBe('quorum');
      expect(args['x-delivery-limit']).toBeGreaterThan(0);
    }
    const work = queues.find(({ name }) => name === 'indexer.documents');
    expect(work?.arguments['x-delivery-limit']).toBe(20);
  });

  it('give up to a dead-letter exchange, unless they hold dead letters', () => {
    for (const queue of queues) {
      const exchange = isDead(queue) ? undefined : 'signalbox.dead';
      expect(queue.arguments['x-dead-letter-exchange']).toBe(exchange);
    }
  });

  it('are bounded, and refuse what is published when they are full; offers of work are few', () => {
    const overflow = new Set(queues.map(({ arguments: args }) => args['x-overflow']));
    expect([...overflow]).toEqual(['reject-publish']);
    const unbounded = queues.filter(({ arguments: args }) => !(Number(args['x-max-length']) > 0));
    expect(unbounded.map(({ name }) => name).toSorted()).toEqual([
      'streamer.work',
      'task-runner.work',
    ]);
  });

  it('use nothing that a version of the broker refuses or changes', () => {
    for (const { arguments: args } of queues) {
      expect(UNUSED.filter((name) => name in args)).toEqual([]);
    }
  });

  it('keep a dead letter that is looked at 50 times', async () => {
    const queue = 'indexer.documents.dead';
    const body = 'a letter';
    await publishRaw(broker, { exchange: 'signalbox.dead', routingKey: queue, body });
    await withChannel(broker, async ({ raw }) => {
      for (let look = 0; look <= LOOKS; look += 1) {
        const letter = await raw.get(queue);
        if (letter === false) throw new Error(`it is gone after ${look} looks`);
        expect(String(letter.content)).toBe(body);
        raw.nack(letter, false, true);
      }
    });
  });
});
