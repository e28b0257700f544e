import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyUnavailableError, InvalidMessageError } from '#contracts';
import { Deferred } from '#supervisor';
import { Brokers, leftIn, waitingIn } from '../../testing/brokers.js';
import { nextLetter, publishRaw } from '../../testing/raw-messages.js';
import { transportOf, type Handlers } from '../../testing/transport.js';
import type { Broker } from '../broker.js';
import type { BrokerServer } from '../nest/broker-server.js';
import type { DeliveryContext } from '../nest/delivery-context.js';
import { invalidIn } from '../nest/on-invalid.js';

const QUEUE = 'status.record';
const BODY = '{"executionId":7}';

describe('a message that cannot be read, where a handler looks at such messages', () => {
  let brokers: Brokers;
  let broker: Broker;
  let transport: BrokerServer;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    broker = await brokers.open({ service: 'status' });
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  async function consume(onInvalid: Handlers[string]): Promise<void> {
    transport = transportOf(broker, [{ queue: QUEUE }], { [invalidIn(QUEUE)]: onInvalid });
    await brokers.listen(transport);
  }

  async function publish(): Promise<void> {
    const properties = { messageId: 'm-1' };
    await publishRaw(broker, { routingKey: 'task.cancel', body: BODY, properties });
  }

  /** The code of the one letter that there is. */
  async function deadAs(): Promise<unknown> {
    const { properties } = await nextLetter(broker, `${QUEUE}.dead`);
    return properties.headers?.['signalbox-error-code'];
  }

  /** Nothing of it is left, alive or dead. */
  async function isSettled(): Promise<void> {
    await transport.drain(1_000);
    expect(await leftIn(broker, QUEUE)).toBe(0);
    expect(await waitingIn(broker, `${QUEUE}.dead`)).toBe(0);
  }

  it('is shown to it as it came, with what is wrong, and acknowledged when it is handled', async () => {
    const seen = new Deferred<[object, DeliveryContext]>();
    await consume(async (problem: object, context) => {
      seen.resolve([problem, context]);
      return 'handled' as never;
    });
    await publish();
    const [problem, { message }] = await seen.promise;
    expect(problem).toBeInstanceOf(InvalidMessageError);
    expect(problem).toMatchObject({ code: 'contract-violated' });
    expect(message).toMatchObject({ messageId: 'm-1', body: Buffer.from(BODY) });
    await isSettled();
  });

  it('is a dead letter when that leaves it alone', async () => {
    await consume(async () => undefined);
    await publish();
    expect(await deadAs()).toBe('contract-violated');
  });

  it('is a dead letter when that fails', async () => {
    await consume(async () => {
      throw new TypeError('a defect');
    });
    await publish();
    expect(await deadAs()).toBe('internal');
  });

  it('comes again when what that depends on is down', async () => {
    let calls = 0;
    const dealtWith = new Deferred();
    await consume(async () => {
      calls += 1;
      if (calls === 1) throw new DependencyUnavailableError('the database is down');
      dealtWith.resolve();
      return 'handled' as never;
    });
    transport.setProbe(QUEUE, async () => undefined);
    await publish();
    await dealtWith.promise;
    expect(calls).toBe(2);
    await isSettled();
  });
});
