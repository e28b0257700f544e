import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { QUEUES, type QueueName } from '#contracts';
import { answeringStatus } from '../../testing/answering-status.ts';
import { runCli, type BrokerAddress, type CliRun } from '../../testing/cli-run.ts';
import { DeadQueues } from '../../testing/dead-queues.ts';
import { execution, index, many, service, stream } from '../../testing/recorded.ts';
import { EXIT } from '../exit-codes.js';

jest.setTimeout(30_000);

describe('signalbox doctor', () => {
  let queues: DeadQueues;
  beforeEach(async () => {
    queues = await DeadQueues.declared();
  });
  afterEach(async () => {
    await queues[Symbol.asyncDispose]();
  });

  const doctor = (broker: BrokerAddress = queues.address): Promise<CliRun> =>
    runCli(broker, '--json', 'doctor');

  async function replaceQueue(name: QueueName, args?: object): Promise<void> {
    const channel = await queues.broker.openChannel('consume');
    await channel.raw.deleteQueue(name);
    if (args !== undefined) await channel.raw.assertQueue(name, { durable: true, arguments: args });
    await channel.close();
  }

  it('finds the topology as declared, and every queue without its reader', async () => {
    const { exitCode, objects } = await doctor();
    expect(exitCode).toBe(EXIT.failed);
    expect(objects).toContainEqual(
      expect.objectContaining({
        check: 'broker',
        state: 'ok',
        says: expect.stringContaining('no alarm'),
      }),
    );
    expect(objects).toContainEqual({
      check: 'topology',
      state: 'ok',
      says: '5 exchanges, 13 queues, all as declared',
    });
    expect(objects).toContainEqual({
      check: 'bindings',
      state: 'ok',
      says: expect.stringMatching(/^\d+ bindings, all as declared$/),
    });
    expect(objects).toContainEqual({ check: 'dead letters', state: 'ok', says: 'none' });
    expect(objects).toContainEqual({
      check: 'record lag',
      state: 'ok',
      says: '0 s behind what is published: status.record is empty',
    });
    expect(objects).toContainEqual(
      expect.objectContaining({
        check: 'queue status.record',
        state: 'trouble',
        says: '0 messages waiting, no reader: does status run?',
        next: expect.stringContaining('npm start'),
      }),
    );
    expect(objects).toContainEqual(expect.objectContaining({ check: 'indices', state: 'unknown' }));
    const troubles = objects.filter(({ state }) => state === 'trouble');
    expect(troubles.map(({ next }) => next)).not.toContain(undefined);
  });

  it('finds a queue with other arguments, and one that is missing; it creates and changes nothing', async () => {
    await replaceQueue('indexer.queries', { 'x-queue-type': 'quorum', 'x-max-length': 5 });
    await replaceQueue('streamer.work');
    const { objects } = await doctor();
    const topology = objects.filter(({ check }) => check === 'topology');
    expect(topology).toEqual([
      expect.objectContaining({
        state: 'trouble',
        says: 'missing: streamer.work; streamer declares them when it starts',
      }),
      expect.objectContaining({
        state: 'trouble',
        says: expect.stringMatching(/^queue indexer\.queries is not as declared: inequivalent arg/),
        next: expect.stringMatching(
          /^rabbitmqctl delete_queue --vhost \S+ indexer\.queries; docker compose restart indexer /,
        ),
      }),
    ]);
    expect((await doctor()).objects.filter(({ check }) => check === 'topology')).toEqual(topology);
  });

  it('counts dead letters by queue, each with the command to type', async () => {
    await queues.put({ id: 'a' }, { id: 'b' }, { id: 'c', queue: 'indexer.documents' });
    const { objects } = await doctor();
    expect(objects.filter(({ check }) => check === 'dead letters')).toEqual([
      {
        check: 'dead letters',
        state: 'trouble',
        says: '2 letters in status.record.dead',
        next: 'signalbox dead list --queue status.record.dead',
      },
      expect.objectContaining({ says: '1 letter in indexer.documents.dead' }),
    ]);
  });

  it('finds indices that take no documents, once the record answers', async () => {
    const block = index('edge-access', {
      state: 'blocked',
      reason: 'disk watermark exceeded',
      since: Date.now() - 12 * 60_000,
      instanceId: '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1',
    });
    const status = await answeringStatus(queues.broker, { indices: [block] });
    const { objects } = await doctor();
    await status.close();
    expect(objects.filter(({ check }) => check === 'indices')).toEqual([
      {
        check: 'indices',
        state: 'trouble',
        says: 'edge-access takes no documents, since 12 min ago: disk watermark exceeded; what waits is written by itself once it takes them',
        next: expect.stringMatching(/^curl SEARCH_URL\/edge-access\/_settings /),
      },
    ]);
  });

  it('looks at all pages of what is recorded', async () => {
    const owner = '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1';
    const status = await answeringStatus(queues.broker, {
      lagMs: 72_000,
      services: [...many(150, (n) => service('indexer', n)), service('task-runner', 150)],
      streams: many(150, (n) => stream(n, n < 149 ? { owner } : {})),
      executions: many(150, (n) => execution(n)),
      indices: many(150, (n) => index(`app-${n}`, { state: 'blocked', reason: 'full' })),
    });
    const { objects } = await doctor();
    await status.close();
    const says = (name: string) =>
      objects.filter(({ check }) => check === name).map((found) => found.says);
    expect(says('record lag')).toEqual([
      '1 min 12 s behind what is published, 0 more messages waiting',
    ]);
    expect(says('service indexer')).toEqual(['150 alive']);
    expect(says('service task-runner')).toEqual(['1 alive']);
    expect(says('due streams')).toEqual(['nobody follows edge-149']);
    expect(says('due executions')[0]).toMatch(/^150 executions not begun/);
    expect(says('indices').at(-1)).toBe('blocked as well: 145 others');
  });

  it('says in one line that no service has ever started', async () => {
    for (const name of Object.keys(QUEUES)) await replaceQueue(name as QueueName);
    const channel = await queues.broker.openChannel('consume');
    const exchanges = ['commands', 'events', 'work', 'control', 'dead'];
    for (const name of exchanges) await channel.raw.deleteExchange(`signalbox.${name}`);
    await channel.close();
    const { objects } = await doctor();
    expect(objects.filter(({ check }) => check === 'topology')).toEqual([
      expect.objectContaining({ says: expect.stringContaining('there is no queue of the mesh') }),
    ]);
    expect(objects.some(({ check }) => String(check).startsWith('queue '))).toBe(false);
  });

  it('ends within seconds, with what to do, when nothing listens, and when what listens is silent', async () => {
    const nobody = await runCli('amqp://guest:guest@127.0.0.1:1/none', 'doctor');
    expect(nobody.exitCode).toBe(EXIT.failed);
    expect(nobody.out).toMatch(/^TROUBLE {2}broker .*nothing listens there; start RabbitMQ/m);
    expect(nobody.out).toContain('11 checks: 0 fine, 1 in trouble, 10 not known');
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const startedAt = performance.now();
    const { objects } = await doctor(`amqp://127.0.0.1:${port}`);
    silent.close();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(objects[0]).toMatchObject({
      check: 'broker',
      says: expect.stringContaining('has not answered within 5 s'),
    });
  });
});
