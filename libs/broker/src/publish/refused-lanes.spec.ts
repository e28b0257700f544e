import { describe, expect, it } from '@jest/globals';
import { turn } from '#supervisor';
import type { OutgoingMessage } from './outgoing-message.js';
import { RefusedLanes } from './refused-lanes.js';

const LIMIT = { messages: 2, bytes: 100 };

function message(exchange: string, routingKey: string, type = 'test'): OutgoingMessage {
  return { exchange, routingKey, body: Buffer.from('{}'), properties: { messageId: '1', type } };
}

/** Whether a message gets in at once. */
async function isIn(entering: Promise<void>): Promise<boolean> {
  let entered = false;
  entering.then(
    () => (entered = true),
    () => undefined,
  );
  await turn();
  return entered;
}

describe('the lanes of refused messages', () => {
  it('are there from the first refusal to the last message that is through', async () => {
    const lanes = new RefusedLanes(LIMIT);
    const one = message('work', 'a');
    expect(lanes.has(one)).toBe(false);
    await lanes.enter(one);
    await lanes.enter(one);
    lanes.leave(one);
    expect(lanes.has(one)).toBe(true);
    lanes.leave(one);
    expect(lanes.has(one)).toBe(false);
  });

  it('are bounded one by one', async () => {
    const lanes = new RefusedLanes(LIMIT);
    const [a, b] = [message('work', 'a'), message('work', 'b')];
    await lanes.enter(a);
    await lanes.enter(a);
    const third = lanes.enter(a);
    expect(await isIn(third)).toBe(false);
    expect(await isIn(lanes.enter(b))).toBe(true);
    lanes.leave(a);
    expect(await isIn(third)).toBe(true);
  });

  it.each([
    ['events of one type, whatever they are about', ['events', 'x.y.1', 'x.y'], true],
    ['another key', ['events', 'x.z', 'x.z'], false],
    ['another exchange', ['work', 'x.y.2', 'x.y'], false],
  ])('take as one destination, or not: %s', async (_, [exchange = '', key = '', type], same) => {
    const lanes = new RefusedLanes(LIMIT);
    await lanes.enter(message('events', 'x.y.2', 'x.y'));
    expect(lanes.has(message(exchange, key, type))).toBe(same);
  });

  it('forget who gave up waiting', async () => {
    const lanes = new RefusedLanes({ messages: 1, bytes: 100 });
    const one = message('work', 'a');
    await lanes.enter(one);
    const stop = new AbortController();
    const waiting = lanes.enter(one, stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    lanes.leave(one);
    expect(lanes.has(one)).toBe(false);
  });
});
