import { ProxyTracer, ROOT_CONTEXT, context, trace } from '@opentelemetry/api';
import { describe, expect, it, jest } from '@jest/globals';
import type { IncomingMessage } from '../delivery/incoming-message.js';
import type { OutgoingMessage } from '../publish/outgoing-message.js';
import { deliveryFailed, receiving } from './receiving.js';
import { sending } from './sending.js';
import { spanning } from './spanning.js';
import { unsampled } from './unsampled.js';

const outgoing: OutgoingMessage = {
  exchange: '',
  routingKey: 'test',
  body: Buffer.from('{}'),
  properties: { messageId: '1', type: 'test' },
};

const incoming: IncomingMessage = {
  type: 'test',
  messageId: '1',
  timestamp: 0,
  headers: {},
  exchange: '',
  routingKey: 'test',
  body: Buffer.from('{}'),
  redelivered: false,
  deliveredAt: 0,
};

describe('without an OpenTelemetry SDK', () => {
  const startSpan = jest.spyOn(ProxyTracer.prototype, 'startSpan');

  it('a message is sent as it is', async () => {
    await sending('publish', outgoing, async (message) => expect(message).toBe(outgoing));
    expect(startSpan).not.toHaveBeenCalled();
  });

  it('work is done at once, as it is, and no span is made', async () => {
    let began = false;
    const working = spanning('work', {}, async () => {
      began = true;
      return trace.getActiveSpan();
    });
    expect(began).toBe(true);
    expect(await working).toBeUndefined();
    expect(unsampled(() => context.active())).toBe(ROOT_CONTEXT);
    expect(startSpan).not.toHaveBeenCalled();
  });

  it('a delivery is handled, before anything is awaited, and no span is made', async () => {
    let began = false;
    const handling = receiving('queue', incoming, async () => {
      began = true;
      expect(trace.getActiveSpan()).toBeUndefined();
      expect(context.active()).toBe(ROOT_CONTEXT);
      deliveryFailed(new Error('nobody listens'));
      return 'done';
    });
    expect(began).toBe(true);
    expect(await handling).toBe('done');
  });
});
