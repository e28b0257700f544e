import { describe, expect, it } from '@jest/globals';
import { kindOf, remainingMs } from './deadline.js';
import type { IncomingMessage } from './incoming-message.js';

function message(type: string, deadline: unknown): IncomingMessage {
  return { type, headers: { 'signalbox-deadline': deadline } } as unknown as IncomingMessage;
}

describe('a deadline', () => {
  it.each<[string, unknown, number]>([
    ['stream.get', 1_500, 500],
    ['stream.get', '1500', 500],
    ['stream.get', 900, -100],
    ['stream.get', undefined, Infinity],
    ['stream.get', '', Infinity],
    ['stream.get', 'soon', Infinity],
    ['stream.get', null, Infinity],
    // What the broker has taken is carried out, however late.
    ['task.run', 900, Infinity],
    ['lease.acquire', 900, Infinity],
    ['no.such.type', 900, Infinity],
  ])('of %s at %p leaves, at 1,000, %p ms', (type, deadline, left) => {
    expect(remainingMs(message(type, deadline), 1_000)).toBe(left);
  });

  it('belongs to queries, which are known by their type', () => {
    expect([kindOf('stream.get'), kindOf('task.run'), kindOf('nonsense')]).toEqual([
      'query',
      'command',
      undefined,
    ]);
  });
});
