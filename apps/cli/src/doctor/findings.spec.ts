import { describe, expect, it } from '@jest/globals';
import { EXCHANGES, QUEUES, type QueueName, type ServiceItem } from '#contracts';
import { backlogFindings } from './queue-findings.js';
import { aliveServices, serviceFindings } from './service-findings.js';
import { topologyFindings } from './topology-findings.js';
import type { FoundQueue, Topology } from './topology.js';

function topology(changed: Partial<Record<QueueName, Partial<FoundQueue>>> = {}): Topology {
  const found = Object.values(QUEUES).map((definition): [QueueName, FoundQueue] => [
    definition.name,
    {
      definition,
      drift: { is: 'as declared' },
      messages: 0,
      consumers: 1,
      ...changed[definition.name],
    },
  ]);
  const exchanges = Object.values(EXCHANGES).map((definition) => ({
    definition,
    drift: { is: 'as declared' } as const,
  }));
  return { exchanges, queues: new Map(found) };
}

describe('the backlog', () => {
  const of = (
    queue: QueueName,
    found: Partial<FoundQueue>,
    alive?: ReadonlySet<'status' | 'task-runner' | 'indexer'>,
  ) =>
    backlogFindings(topology({ [queue]: found }), alive).find(
      ({ check }) => check === `queue ${queue}`,
    );

  it('is fine with a reader', () => {
    expect(of('status.record', { messages: 7 })).toMatchObject({
      state: 'ok',
      says: '7 messages waiting, 1 reader',
    });
  });

  it('has no reader: because no such service runs, or it lacks something', () => {
    const found = { messages: 1, consumers: 0 };
    expect(of('status.record', found, new Set())?.says).toContain('no status runs');
    expect(of('status.record', found, new Set(['status']))).toMatchObject({
      state: 'trouble',
      says: expect.stringContaining('something it needs is missing'),
      next: expect.stringContaining('/health/ready'),
    });
  });

  it('of work is fine without a reader when every task-runner is full', () => {
    const found = { messages: 9, consumers: 0 };
    expect(of('task-runner.work', found, new Set(['task-runner']))).toMatchObject({
      state: 'ok',
      says: '9 messages waiting; every task-runner is full',
    });
  });

  it('is trouble when the queue is nearly full', () => {
    expect(of('indexer.documents', { messages: 18_000 })).toMatchObject({
      state: 'trouble',
      says: expect.stringContaining('18000 messages waiting of at most 20000: nearly full'),
    });
  });
});

describe('the topology', () => {
  it('that this user may not compare is not known', () => {
    const found = topologyFindings(
      topology({ 'status.record': { drift: { is: 'not comparable' } } }),
    );
    expect(found).toMatchObject([
      { state: 'unknown', says: expect.stringContaining('status.record') },
    ]);
  });

  it('asks to save what is in a queue before it is deleted', () => {
    const different = { drift: { is: 'different', how: 'x' }, messages: 3 } as const;
    const [found] = topologyFindings(topology({ 'indexer.documents': different }));
    expect(found?.next).toBe(
      'save its 3 messages, then: rabbitmqctl delete_queue indexer.documents; restart indexer',
    );
  });
});

describe('the services', () => {
  const item = (service: ServiceItem['service'], of: Partial<ServiceItem> = {}): ServiceItem => ({
    service,
    instanceId: `${service}.1`,
    processId: service,
    version: '1.0.0',
    plugins: [],
    holds: [],
    state: 'alive',
    ...of,
  });
  const every = [item('task-runner'), item('streamer'), item('indexer'), item('status')];

  it('are fine when one of each is alive', () => {
    expect(serviceFindings([...every, item('streamer', { state: 'lost' })])).toMatchObject([
      { state: 'ok', says: '1 alive' },
      { state: 'ok', says: '1 alive; 1 lost within a day' },
      { state: 'ok' },
      { state: 'ok' },
    ]);
  });

  it.each<[string, ServiceItem[], string]>([
    ['missing', every.slice(1), 'none runs'],
    ['lost', [item('task-runner', { state: 'lost' }), ...every.slice(1)], 'none runs; 1 lost'],
    [
      'stale',
      every.map(({ service }) => item(service, { state: 'stale' })),
      'for 15 s status has not watched',
    ],
    ['of two versions', [...every, item('streamer', { version: '2.0.0' })], '2.0.0 (streamer)'],
    [
      'task-runners with other plugins',
      [
        ...every,
        item('task-runner', {
          plugins: [{ name: 'http', description: '', schema: {}, idempotent: true, timeoutMs: 1 }],
        }),
      ],
      'offer different plugins',
    ],
  ])('are in trouble when they are %s', (_, items, says) => {
    const troubles = serviceFindings(items).filter(({ state }) => state === 'trouble');
    expect(troubles[0]?.says).toContain(says);
    expect(troubles[0]?.next).toBeDefined();
  });

  it('that are alive are those that may read a queue', () => {
    expect(aliveServices([item('status'), item('indexer', { state: 'lost' })])).toEqual(
      new Set(['status']),
    );
  });
});
