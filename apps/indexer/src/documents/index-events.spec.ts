import { describe, expect, it } from '@jest/globals';
import { checkMessage, type Contract } from '#contracts';
import { silentLog } from '#runtime';
import { IndexCounters } from './index-counters.js';
import { IndexEvents } from './index-events.js';

const INSTANCE = '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1';
const { signal } = new AbortController();

function setUp() {
  const published: [string, object][] = [];
  const broker = { takes: true };
  const publish = async <T extends object>(contract: Contract<T>, body: T): Promise<void> => {
    if (!broker.takes) throw new Error('no queue takes it');
    published.push([contract.name, checkMessage(contract, body)]);
  };
  const counters = new IndexCounters();
  const events = new IndexEvents({
    publisher: { publish },
    counters,
    instanceId: INSTANCE,
    log: silentLog,
  });
  return { published, broker, counters, events };
}

describe('IndexEvents', () => {
  it('publishes cumulative counts of the indices that changed', async () => {
    const { published, counters, events } = setUp();
    counters.add('a', 'written');
    counters.add('b', 'rejected');
    await events.publish(signal);
    await events.publish(signal);
    counters.add('a', 'duplicates');
    await events.publish(signal);
    const counts = { written: 0, duplicates: 0, rejected: 0, parked: 0, instanceId: INSTANCE };
    expect(published).toEqual([
      ['IndexChanged', { ...counts, index: 'a', seq: 1, written: 1 }],
      ['IndexChanged', { ...counts, index: 'b', seq: 1, rejected: 1 }],
      ['IndexChanged', { ...counts, index: 'a', seq: 2, written: 1, duplicates: 1 }],
    ]);
  });

  it('publishes blocks before counts, the newest of each index', async () => {
    const { published, counters, events } = setUp();
    counters.add('a', 'parked');
    events.blocked('a', 'disk full');
    events.blocked('*', 'the store is down', 1_000);
    events.unblocked('a', 'it takes documents again');
    await events.publish(signal);
    expect(published).toMatchObject([
      ['IndexUnblocked', { index: 'a', seq: 1, reason: 'it takes documents again' }],
      ['IndexBlocked', { index: '*', seq: 1, since: 1_000 }],
      ['IndexChanged', { index: 'a', seq: 2 }],
    ]);
  });

  it('keeps what cannot be published for the next time', async () => {
    const { published, broker, counters, events } = setUp();
    counters.add('a', 'written');
    events.blocked('b', 'disk full');
    broker.takes = false;
    await events.publish(signal);
    broker.takes = true;
    await events.publish(signal);
    expect(published.map(([name]) => name)).toEqual(['IndexBlocked', 'IndexChanged']);
  });

  it('cuts a long reason to what an event may hold', async () => {
    const { published, events } = setUp();
    events.blocked('a', 'x'.repeat(10_000));
    await events.publish(signal);
    expect(published).toHaveLength(1);
  });
});
