import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DeadQueues } from '../../testing/dead-queues.ts';
import { compareByApi } from './compare-by-api.js';
import { Management } from './management.js';
import { lookAtTopology, type Drift, type Topology } from './topology.js';

jest.setTimeout(30_000);

const { signal } = new AbortController();

/** As a user sees it who may not declare. */
function notComparable({ exchanges, queues }: Topology): Topology {
  const drift = { is: 'not comparable' } as const;
  return {
    exchanges: exchanges.map((one) => ({ ...one, drift })),
    queues: new Map([...queues].map(([name, one]) => [name, { ...one, drift }])),
  };
}

describe('what may not be compared over AMQP', () => {
  let queues: DeadQueues;
  beforeAll(async () => {
    queues = await DeadQueues.declared();
  });
  afterAll(async () => {
    await queues[Symbol.asyncDispose]();
  });

  it('is compared through the management API, to the same end', async () => {
    const { managementUrl, vhost } = queues.address;
    const management = new Management(managementUrl, vhost);
    const drifts = ({ exchanges, queues: all }: Topology): [string, Drift][] =>
      [...exchanges, ...all.values()].map(({ definition, drift }) => [definition.name, drift]);
    const compared = async () => {
      const found = await lookAtTopology(queues.broker, signal);
      return [drifts(found), drifts(await compareByApi(notComparable(found), management, signal))];
    };
    const [byAmqp, byApi] = await compared();
    expect(byApi).toEqual(byAmqp);

    const channel = await queues.broker.openChannel('consume');
    await channel.raw.deleteQueue('streamer.work');
    await channel.raw.deleteExchange('signalbox.control');
    await channel.raw.assertExchange('signalbox.control', 'topic', { durable: true });
    await channel.raw.deleteQueue('indexer.queries');
    await channel.raw.assertQueue('indexer.queries', {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-max-length': 5 },
    });
    await channel.close();
    const [driftedByAmqp, driftedByApi] = await compared();
    const kinds = (all: [string, Drift][] = []) => all.map(([name, { is }]) => [name, is]);
    expect(kinds(driftedByApi)).toEqual(kinds(driftedByAmqp));
    expect(new Map(driftedByApi).get('indexer.queries')).toEqual({
      is: 'different',
      how: expect.stringContaining('x-max-length is 5, not 10000'),
    });
    expect(new Map(driftedByApi).get('signalbox.control')).toEqual({
      is: 'different',
      how: 'type is "topic", not "direct"',
    });
  });
});
