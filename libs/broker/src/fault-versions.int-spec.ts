import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GetStream, GetStreamAnswered, StopStream, checkMessage, definitionOf } from '#contracts';
import { eventually } from '../../../tools/testing/eventually.ts';
import { Brokers, waitingIn } from '../testing/brokers.js';
import { nextLetter, publishRaw } from '../testing/raw-messages.js';
import { transportOf } from '../testing/transport.js';
import type { Broker } from './broker.js';
import type { DeliveryContext } from './nest/delivery-context.js';

/** What the next version may add to any message. */
const NEW_FIELD = { addedInTheNextVersion: { deep: [1] } };

describe('two versions of a contract side by side', () => {
  let brokers: Brokers;
  let broker: Broker;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    broker = await brokers.open({ service: 'status' });
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  /** Sends a body as the other version would. */
  async function send(type: string, body: object, exchange: string): Promise<void> {
    await publishRaw(broker, { exchange, routingKey: type, body: JSON.stringify(body) });
  }

  it('share their events: the older reader ignores what it does not know, the newer one misses nothing', async () => {
    const read: object[] = [];
    await brokers.listen(
      transportOf(broker, [{ queue: 'status.record' }], {
        'status.record': async (body: object) => void read.push(body),
      }),
    );
    const instanceId = `${randomUUID()}.1`;
    const stopped = { instanceId, reason: 'SIGTERM' };
    await send('service.stopped', { ...stopped, ...NEW_FIELD }, 'signalbox.events');
    await send('service.stopped', stopped, 'signalbox.events');
    await eventually('both are read', () => read.length === 2);
    expect(read.map((body) => ({ ...body }))).toEqual([stopped, stopped]);
    expect(await waitingIn(broker, 'status.record.dead')).toBe(0);
  });

  it('do not share commands: the older reader refuses what it would otherwise half obey', async () => {
    const obeyed: object[] = [];
    await brokers.listen(
      transportOf(broker, [{ queue: 'status.record' }], {
        'stream.stop': async (body: object) => void obeyed.push(body),
      }),
    );
    const { examples } = definitionOf(StopStream);
    await send('stream.stop', Object.assign({}, examples[0], NEW_FIELD), 'signalbox.commands');
    await send('stream.stop', examples[0]!, 'signalbox.commands');
    await eventually('the known one is obeyed', () => obeyed.length === 1);
    const { properties } = await nextLetter(broker, 'status.record.dead');
    expect(properties.headers).toMatchObject({
      'signalbox-error-code': 'contract-violated',
      'signalbox-error-message': expect.stringContaining('addedInTheNextVersion'),
    });
  });

  it('answer each other: what the newer one adds to its answer is ignored', async () => {
    const [example] = definitionOf(GetStreamAnswered).examples;
    const asked: DeliveryContext[] = [];
    await brokers.listen(
      transportOf(broker, [{ queue: 'status.queries' }], {
        'stream.get': async (_: object, context: DeliveryContext) => {
          asked.push(context);
          // The newer version answers by itself: this one would not let the field out.
          const { replyTo = '', correlationId } = context.message;
          const { type } = definitionOf(GetStreamAnswered);
          await publishRaw(broker, {
            exchange: '',
            routingKey: replyTo,
            body: JSON.stringify(Object.assign({}, example, NEW_FIELD)),
            // A reply that is mandatory is returned, though it is delivered.
            properties: { type, correlationId, mandatory: false },
          });
        },
      }),
    );
    const query = checkMessage(GetStream, { streamId: 'a' });
    const answer = await broker.requester.request(GetStream, query, { timeoutMs: 5_000 });
    expect(answer).toBeInstanceOf(GetStreamAnswered);
    expect(answer).not.toHaveProperty('addedInTheNextVersion');
    expect(asked).toHaveLength(1);
  });
});
