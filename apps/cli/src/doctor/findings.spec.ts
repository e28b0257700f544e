import { describe, expect, it } from '@jest/globals';
import { EXCHANGES, QUEUES, type QueueName } from '#contracts';
import { Hints } from './hints.js';
import { backlogFindings } from './queue-findings.js';
import { topologyFindings } from './topology-findings.js';
import type { FoundQueue, Topology } from './topology.js';

const hints = new Hints({ vhost: 'signalbox', mesh: undefined, workingDirectory: '/' });

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
  const of = (queue: QueueName, found: Partial<FoundQueue>, runs?: boolean) =>
    backlogFindings(topology({ [queue]: found }), () => runs, hints).find(
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
    expect(of('status.record', found, false)?.says).toContain('no status runs');
    expect(of('status.record', found, true)).toMatchObject({
      state: 'trouble',
      says: expect.stringContaining('something it needs is missing'),
      next: expect.stringContaining('/health/ready'),
    });
  });

  it('of work is fine without a reader when every task-runner is full', () => {
    const found = { messages: 9, consumers: 0 };
    expect(of('task-runner.work', found, true)).toMatchObject({
      state: 'ok',
      says: '9 messages waiting; every task-runner is full',
    });
  });

  it.each<[QueueName, number, RegExp]>([
    ['status.record', 50_000, /^curl .*\/metrics \| grep signalbox_record /],
    ['indexer.documents', 20_000, /^signalbox index list --state blocked; /],
    ['indexer.queries', 10_000, /^signalbox services --service indexer /],
  ])(
    'of a full queue %s is trouble, and what to type is about its reader',
    (queue, messages, next) => {
      expect(of(queue, { messages })).toMatchObject({
        state: 'trouble',
        says: expect.stringContaining('full: it refuses what is published'),
        next: expect.stringMatching(next),
      });
    },
  );

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
      hints,
    );
    expect(found).toMatchObject([
      { state: 'unknown', says: expect.stringContaining('status.record') },
    ]);
  });

  it('asks to save what is in a queue before it is deleted', () => {
    const different = { drift: { is: 'different', how: 'x' }, messages: 3 } as const;
    const [found] = topologyFindings(topology({ 'indexer.documents': different }), hints);
    expect(found?.next).toBe(
      'save its 3 messages, then: rabbitmqctl delete_queue --vhost signalbox indexer.documents; ' +
        'docker compose restart indexer   (without Docker: stop it by SIGTERM and start it again)',
    );
  });
});
