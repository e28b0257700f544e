import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyUnavailableError } from '#contracts';
import { Deferred } from '#supervisor';
import { eventually } from '../../../tools/testing/eventually.ts';
import { Brokers } from '../testing/brokers.js';
import { publishDocument } from '../testing/documents.js';
import { RecordedLog } from '../testing/recorded-log.js';
import { TcpProxy } from '../testing/tcp-proxy.js';
import { listening, transportOf } from '../testing/transport.js';
import type { Broker } from './broker.js';

const QUEUE = 'indexer.documents';

describe('the supervisor of the broker library', () => {
  let brokers: Brokers;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
  });
  afterEach(() => brokers[Symbol.asyncDispose]());

  const running = (broker: Broker): string[] =>
    broker.supervisor
      .inspect()
      .tasks.map(({ name }) => name)
      .toSorted();

  it('knows every loop by name, and holds nothing once all is closed', async () => {
    const broker = await brokers.open();
    const transport = await listening(transportOf(broker, [{ queue: QUEUE }], {}));
    const connections = ['connection (consume)', 'connection (publish)'];
    expect(running(broker)).toEqual([...connections, `consume ${QUEUE}`]);
    await transport.drain(1_000);
    expect(running(broker)).toEqual(connections);
    await broker.close();
    expect(broker.supervisor.inspect()).toMatchObject({ closed: true, occupied: 0, tasks: [] });
  });

  it('ends what still consumes when the broker is closed without a drain', async () => {
    const broker = await brokers.open();
    const transport = await listening(transportOf(broker, [{ queue: QUEUE }], {}));
    await broker.close();
    expect(broker.supervisor.inspect().tasks).toEqual([]);
    expect(transport.trouble()).toBe(`queue ${QUEUE}: draining`);
    await transport.drain(0);
    await expect(listening(transportOf(broker, [{ queue: QUEUE }], {}))).rejects.toBeInstanceOf(
      DependencyUnavailableError,
    );
  });

  it('shows a probe that does not end, and lets the consumer be drained all the same', async () => {
    const broker = await brokers.open();
    const transport = transportOf(broker, [{ queue: QUEUE }], {
      'document.index': () => Promise.reject(new DependencyUnavailableError('the store is down')),
    });
    transport.setProbe(QUEUE, () => new Deferred().promise);
    await listening(transport);
    await publishDocument(broker, randomUUID());
    await eventually('it probes', () => running(broker).includes(`probe of ${QUEUE}`));
    await transport.drain(0);
    expect(running(broker)).not.toContain(`probe of ${QUEUE}`);
  });

  it('waits no longer for the sockets of lost connections than the process lives', async () => {
    await using proxy = await TcpProxy.to(brokers.url);
    const broker = await brokers.open({ url: proxy.through(brokers.url) });
    proxy.cut();
    await eventually('they are abandoned', () =>
      running(broker).includes('abandon the socket of a lost connection'),
    );
    await broker.close();
    expect(running(broker)).toEqual([]);
    await eventually('every socket is closed', () => proxy.open === 0);
  });

  it('makes it known that a loop has died', async () => {
    const log = new RecordedLog();
    log.info = () => {
      throw new TypeError('a defect');
    };
    const broker = brokers.begin({ log });
    await eventually('trouble is seen', () => broker.trouble()?.includes('a defect'));
    expect(broker.trouble()).toMatch(/^"connection \((publish|consume)\)" failed/);
    expect(log.messages('error')).toContain('a task of the broker failed: a defect');
  });

  it('closes a channel that nobody waits for any more', async () => {
    const broker = await brokers.open();
    const stop = new AbortController();
    const opening = broker.openChannel('publish', stop.signal);
    await broker.ready();
    stop.abort(new Error('enough'));
    await expect(opening).rejects.toThrow('enough');
    expect(running(broker)).toContain('close a channel that opened too late');
    await eventually('it is closed', () => running(broker).length === 2);
  });
});
