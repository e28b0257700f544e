import { describe, expect, it } from '@jest/globals';
import { MESSAGES, SERVICES, publishersOf } from '#contracts';
import { senderRefusal } from './sender-refusal.js';

const recorded = MESSAGES.filter(
  ({ queues, kind }) => kind !== 'offer' && queues.includes('status.record'),
);

const reasonFor = (
  type: string,
  exchange: string,
  { userId, headers = {} }: { userId?: string; headers?: Record<string, unknown> } = {},
) => senderRefusal({ type, exchange, headers, userId })?.reason;

describe.each(recorded)('$type in the record', (definition) => {
  const { type, exchange } = definition;
  const publishers = publishersOf(definition);

  it('counts when it came by its exchange, whoever is named, or nobody', () => {
    expect(reasonFor(type, exchange)).toBeUndefined();
    expect(reasonFor(type, exchange, { userId: 'ann' })).toBeUndefined();
  });

  it('counts in the name of a service if that says it', () => {
    const taken = SERVICES.filter((userId) => reasonFor(type, exchange, { userId }) === undefined);
    expect(taken).toEqual(SERVICES.filter((service) => publishers.includes(service)));
  });

  it('counts when a person put it back by name', () => {
    expect(reasonFor(type, '', { userId: 'maintainer' })).toBeUndefined();
    expect(reasonFor(type, '')).toContain('came by the default exchange');
    for (const service of SERVICES) {
      expect(reasonFor(type, '', { userId: service })).toBeDefined();
    }
  });

  it.each(['signalbox.dead', 'signalbox.work', 'amq.topic'])('does not count by %s', (came) => {
    expect(reasonFor(type, came, { userId: 'ann' })).toContain(`came by ${came}`);
  });

  it.each([exchange, ''])('does not count when the broker dead-lettered it to "%s"', (came) => {
    const headers = { 'x-death': [{ queue: 'streamer.control.x', reason: 'expired' }] };
    expect(reasonFor(type, came, { userId: 'ann', headers })).toContain('dead-lettered');
  });
});

describe('an offer in the record', () => {
  it('counts when the broker gave it up, and no other way', () => {
    const headers = { 'x-death': [{ queue: 'streamer.work', reason: 'delivery_limit' }] };
    expect(reasonFor('work.offered', 'signalbox.dead', { headers })).toBeUndefined();
    expect(
      reasonFor('work.offered', 'signalbox.dead', { headers, userId: 'status' }),
    ).toBeUndefined();
    for (const came of ['', 'signalbox.work', 'signalbox.events']) {
      expect(reasonFor('work.offered', came, { userId: 'ann' })).toContain('nobody checks');
    }
  });
});
