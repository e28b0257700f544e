import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Brokers, withChannel } from '../../testing/brokers.js';
import { transportOf } from '../../testing/transport.js';
import { eventually } from '../../../../tools/testing/eventually.ts';
import type { Broker } from '../broker.js';
import type { DeliveryContext } from '../nest/delivery-context.js';

const BODY = '{"streamId":"a","reason":"b"}';

describe('a command that is only a routing key and a JSON body', () => {
  let brokers: Brokers;
  let broker: Broker;
  const obeyed: [object, DeliveryContext][] = [];

  beforeEach(async () => {
    obeyed.length = 0;
    brokers = await Brokers.fresh();
    broker = await brokers.open({ service: 'status' });
    const transport = transportOf(broker, [{ queue: 'status.record' }], {
      'stream.stop': async (body: object, context) => void obeyed.push([body, context]),
    });
    await brokers.listen(transport);
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  /** Sends it so often; gives the ids that it was handled with. */
  async function idsOf(count: number, properties: object): Promise<Set<string>> {
    await withChannel(broker, async ({ raw }) => {
      for (let n = 0; n < count; n += 1) {
        raw.publish('signalbox.commands', 'stream.stop', Buffer.from(BODY), properties);
      }
      await raw.waitForConfirms();
    });
    await eventually('it is obeyed', () => obeyed.length === count);
    return new Set(obeyed.map(([, { message }]) => message.messageId));
  }

  it('is obeyed: its type is the key, its time the arrival, its id new', async () => {
    const before = Date.now();
    expect((await idsOf(2, {})).size).toBe(2);
    const [body, { message }] = obeyed[0]!;
    expect({ ...body }).toEqual({ streamId: 'a', reason: 'b' });
    expect(message).toMatchObject({ type: 'stream.stop', contentType: undefined });
    expect(message.timestamp).toBeGreaterThanOrEqual(before);
  });

  it('and a timestamp has the same id when it is sent again', async () => {
    expect((await idsOf(2, { timestamp: 1_700_000_000 })).size).toBe(1);
  });
});
