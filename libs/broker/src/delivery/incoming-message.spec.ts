import { describe, expect, it } from '@jest/globals';
import type { ConsumeMessage } from 'amqplib';
import { incomingMessage } from './incoming-message.js';

function delivery(properties: object, body = '{}'): ConsumeMessage {
  return {
    content: Buffer.from(body),
    fields: {
      exchange: 'signalbox.commands',
      routingKey: 'task.run',
      redelivered: true,
      deliveryTag: 1,
    },
    properties,
  } as unknown as ConsumeMessage;
}

describe('an incoming message', () => {
  it('is as it was sent', () => {
    const sent = {
      type: 'task.cancel',
      messageId: 'm-1',
      timestamp: 1_700_000_000,
      userId: 'ann',
      appId: 'cli',
      replyTo: 'q',
      correlationId: 'c',
      contentType: 'application/json',
      contentEncoding: 'identity',
      headers: { a: 1 },
    };
    expect(incomingMessage(delivery(sent), 5)).toEqual({
      ...sent,
      timestamp: 1_700_000_000_000,
      exchange: 'signalbox.commands',
      routingKey: 'task.run',
      body: Buffer.from('{}'),
      redelivered: true,
      deliveredAt: 5,
    });
  });

  it('takes its key for its type, and the arrival for its time, when it came bare', () => {
    const message = incomingMessage(delivery({}), 5);
    expect(message).toMatchObject({ type: 'task.run', timestamp: 5, headers: {} });
    expect(message.messageId).toMatch(/^[0-9a-f-]{36}$/);
    expect(incomingMessage(delivery({}), 5).messageId).not.toBe(message.messageId);
  });

  it('has the same id when it is sent again with its timestamp, and another with another body', () => {
    const idOf = (timestamp: number, body?: string): string =>
      incomingMessage(delivery({ timestamp }, body)).messageId;
    expect(idOf(7)).toBe(idOf(7));
    expect(idOf(7)).not.toBe(idOf(8));
    expect(idOf(7)).not.toBe(idOf(7, '[]'));
  });

  it.each([[{ timestamp: 'yesterday' }], [{ timestamp: -1 }], [{ type: 7, messageId: '' }]])(
    'is read without complaint whatever stands in its envelope: %j',
    (properties) => {
      const message = incomingMessage(delivery(properties), 5);
      expect(message).toMatchObject({ type: 'task.run', timestamp: 5 });
    },
  );
});
