import { describe, expect, it } from '@jest/globals';
import { SERVICES, type ServiceItem } from '#contracts';
import { many, service } from '../../testing/recorded.ts';
import { Hints } from './hints.js';
import { ServiceCensus } from './service-census.js';

const hints = new Hints({ vhost: '/', mesh: undefined, workingDirectory: '/' });
const every = SERVICES.map((name, n) => service(name, n));

function census(items: readonly ServiceItem[]): ServiceCensus {
  const counted = new ServiceCensus();
  for (const item of items) counted.add(item);
  return counted;
}

const findingsOf = (items: readonly ServiceItem[]) => census(items).findings(hints);

describe('the services', () => {
  it('are fine when one of each is alive, however many are gone', () => {
    const lost = many(101, (n) => service('streamer', n, { state: 'lost' }));
    expect(findingsOf([...lost, ...every])).toMatchObject([
      { state: 'ok', says: '1 alive' },
      { state: 'ok', says: '1 alive; 101 lost within a day' },
      { state: 'ok' },
      { state: 'ok' },
    ]);
  });

  it.each<[string, ServiceItem[], string]>([
    ['missing', every.slice(1), 'none runs'],
    [
      'lost',
      [service('task-runner', 9, { state: 'lost' }), ...every.slice(1)],
      'none runs; 1 lost',
    ],
    [
      'stale',
      SERVICES.map((name, n) => service(name, n, { state: 'stale' })),
      'for 15 s status has not watched',
    ],
    [
      'of two versions',
      [...every, service('streamer', 9, { version: '2.0.0' })],
      '2.0.0 (streamer)',
    ],
    [
      'task-runners with other plugins',
      [
        ...every,
        service('task-runner', 9, {
          plugins: [{ name: 'http', description: '', schema: {}, idempotent: true, timeoutMs: 1 }],
        }),
      ],
      'offer different plugins',
    ],
  ])('are in trouble when they are %s', (_, items, says) => {
    const troubles = findingsOf(items).filter(({ state }) => state === 'trouble');
    expect(troubles[0]?.says).toContain(says);
    expect(troubles[0]?.next).toBeDefined();
  });

  it('that are alive are those that may read a queue', () => {
    const items = [service('status', 1), service('indexer', 2, { state: 'lost' })];
    expect(census(items).alive()).toEqual(new Set(['status']));
  });

  it('of which only some were looked at are not said to be missing', () => {
    const part = census([service('indexer', 1)]);
    part.isComplete = false;
    expect(part.findings(hints).map(({ state }) => state)).toEqual([
      'unknown',
      'unknown',
      'ok',
      'unknown',
    ]);
  });
});
