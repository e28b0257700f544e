import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Broker } from '#broker';
import type { BrokerChannel } from '#broker';
import { EXCHANGES, QUEUES, decodeDocuments } from '#contracts';
import type { QueueName } from '#contracts';
import { freshBroker } from '../../../../tools/testing/servers.ts';
import type { FreshBroker } from '../../../../tools/testing/servers.ts';
import { silentLog } from '#runtime';
import { until } from '../../testing/until.js';
import { BrokerSinks } from './broker-sinks.js';

// A machine that does other things at the same time takes its time.
jest.setTimeout(60_000);

let rabbit: FreshBroker;
let broker: Broker;
let channel: BrokerChannel;
let sinks: BrokerSinks;

beforeEach(async () => {
  rabbit = await freshBroker();
  broker = new Broker({
    url: rabbit.amqpUrl,
    service: 'streamer',
    processId: randomUUID(),
    log: silentLog,
  });
  broker.start();
  sinks = new BrokerSinks(broker.publisher, 'streamer');
  channel = await broker.openChannel('consume');
  for (const { name, type } of Object.values(EXCHANGES)) {
    await channel.raw.assertExchange(name, type, { durable: true });
  }
});

afterEach(async () => {
  await channel.close();
  await broker.close();
  await rabbit.drop();
});

async function declare(name: QueueName): Promise<void> {
  const { arguments: args, bindings } = QUEUES[name];
  await channel.raw.assertQueue(name, { durable: true, arguments: args });
  for (const { exchange, key } of bindings) await channel.raw.bindQueue(name, exchange, key);
}

const { signal } = new AbortController();
const documents = [{ index: 'logs', id: 'a', source: Buffer.from('{"n":1}') }];

describe('BrokerSinks', () => {
  it('waits for a reader of documents that has never started, and says so', async () => {
    const onConfirmed = jest.fn();
    const confirmed = sinks.of('test').publish(documents, signal).then(onConfirmed);
    await until(() => sinks.trouble() !== undefined);
    expect(sinks.trouble()).toContain('document.index');
    expect(onConfirmed).not.toHaveBeenCalled();
    await declare('indexer.documents.dead');
    await declare('indexer.documents');
    await confirmed;
    expect(sinks.trouble()).toBeUndefined();
    const message = await channel.raw.get('indexer.documents', { noAck: true });
    expect(message && decodeDocuments(message.content)).toEqual(documents);
  });

  it('gives up when its signal aborts', async () => {
    const controller = new AbortController();
    const publishing = sinks.of('test').publish(documents, controller.signal);
    await until(() => sinks.trouble() !== undefined);
    controller.abort(new Error('suspended'));
    await expect(publishing).rejects.toThrow('suspended');
  });

  it('keeps of a line that is no document what a person needs', async () => {
    await declare('streamer.lines.dead');
    await sinks.of('test').bury(
      [
        {
          code: 'line-not-decodable',
          reason: 'not JSON',
          bytes: Buffer.from([0x6f, 0xff, 0x70]),
          offset: 12,
          lengthBytes: 3,
        },
      ],
      signal,
    );
    const letter = await channel.raw.get('streamer.lines.dead', { noAck: true });
    expect(letter && letter.content).toEqual(Buffer.from([0x6f, 0xff, 0x70]));
    expect(letter && letter.properties.headers).toMatchObject({
      'signalbox-error-code': 'line-not-decodable',
      'signalbox-error-message': 'not JSON',
      'signalbox-stream': 'test',
      'signalbox-offset': 12,
      'signalbox-length': 3,
    });
  });
});
