import { describe, expect, it } from '@jest/globals';
import { controlQueue } from './control-queue.js';
import { EXCHANGES } from './exchanges.js';
import type { LiveQueueName } from './names.js';
import { deadQueueOf, QUEUES } from './queues.js';

const all = Object.values(QUEUES);
const live = all.filter((queue) => queue.kind === 'live');
const dead = all.filter((queue) => queue.kind === 'dead');

describe('every queue', () => {
  it.each(all)('$name stands under its name and is bound to exchanges that exist', (queue) => {
    expect(QUEUES[queue.name]).toBe(queue);
    expect(queue.bindings.length).toBeGreaterThan(0);
    for (const { exchange } of queue.bindings) expect(EXCHANGES).toHaveProperty([exchange]);
    expect(new Set(queue.bindings.map((binding) => binding.key)).size).toBe(queue.bindings.length);
  });

  it.each(all)(
    '$name is a quorum queue with a positive delivery limit that refuses when full',
    (queue) => {
      expect(queue.arguments['x-queue-type']).toBe('quorum');
      expect(queue.arguments['x-delivery-limit']).toBeGreaterThan(0);
      expect(queue.arguments['x-overflow']).toBe('reject-publish');
    },
  );

  it.each(live)('$name gives up to a queue that exists, at least once', (queue) => {
    const target = all.find(({ name }) => name === queue.arguments['x-dead-letter-routing-key']);
    expect(queue.arguments['x-dead-letter-exchange']).toBe('signalbox.dead');
    expect(queue.arguments['x-dead-letter-strategy']).toBe('at-least-once');
    expect(target?.bindings).toContainEqual({ exchange: 'signalbox.dead', key: target?.name });
  });

  it.each(live)(
    '$name has a dead-letter queue that the same service declares before it',
    (queue) => {
      const letters = QUEUES[deadQueueOf(queue.name as LiveQueueName)];
      expect(letters.readBy).toBe(queue.readBy);
      expect(all.indexOf(letters)).toBeLessThan(all.indexOf(queue));
    },
  );

  it.each(dead)('$name is bounded, and looking at a letter does not destroy it', (queue) => {
    expect(queue.arguments['x-delivery-limit']).toBe(1_000_000);
    expect(queue.arguments['x-max-length']).toBeGreaterThan(0);
    expect(queue.arguments).not.toHaveProperty('x-dead-letter-exchange');
  });
});

describe('the queues of work', () => {
  it.each(['task-runner.work', 'streamer.work'] as const)('%s gives up to the record', (name) => {
    expect(QUEUES[name].arguments['x-dead-letter-routing-key']).toBe('status.record');
    expect(QUEUES[name].bindings).toEqual([{ exchange: 'signalbox.work', key: name }]);
  });
});

describe('the record', () => {
  it('is one bounded line with one reader at a time', () => {
    expect(QUEUES['status.record'].arguments).toMatchObject({
      'x-single-active-consumer': true,
      'x-max-length': 50_000,
      'x-delivery-limit': 1_000,
    });
  });

  it('hears commands and leases by their exact key, events whatever they are about', () => {
    const keys = QUEUES['status.record'].bindings.map(({ exchange, key }) => `${exchange} ${key}`);
    expect(keys).toContain('signalbox.commands task.run');
    expect(keys).toContain('signalbox.events lease.acquire');
    expect(keys).toContain('signalbox.events status.tick');
    expect(keys).toContain('signalbox.events targets.changed.#');
    expect(keys).toContain('signalbox.dead status.record');
    expect(keys).not.toContain('signalbox.commands document.index');
    expect(keys.filter((key) => key.startsWith('signalbox.commands'))).toHaveLength(7);
    expect(keys).toHaveLength(26);
  });
});

describe('a control queue', () => {
  const instance = '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1';

  it('lives as long as its consumer', () => {
    expect(controlQueue('streamer', instance)).toEqual({
      name: `streamer.control.${instance}`,
      arguments: { 'x-queue-type': 'classic' },
      durable: false,
      exclusive: true,
      autoDelete: true,
      bindings: [{ exchange: 'signalbox.control', key: instance }],
    });
  });

  it('of a task-runner hears every cancel', () => {
    expect(controlQueue('task-runner', instance).bindings).toContainEqual({
      exchange: 'signalbox.commands',
      key: 'task.cancel',
    });
  });
});
