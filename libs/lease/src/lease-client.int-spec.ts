import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AcquireLease,
  LeaseLostError,
  LeaseUnknown,
  ServiceStarted,
  ServiceStopped,
} from '#contracts';
import { eventually } from '../../../tools/testing/eventually.ts';
import { closed, grant, held } from '../testing/scripted-record.js';
import { WorkerUnderTest, stateOf } from '../testing/worker-under-test.js';

const KEY = 'stream/edge';

describe('an instance', () => {
  let worker: WorkerUnderTest;

  beforeEach(async () => {
    worker = await WorkerUnderTest.of('streamer');
  });
  afterEach(() => worker[Symbol.asyncDispose]());

  it('announces itself, is alive as long as its control queue exists, and says goodbye', async () => {
    const { client, record, broker } = worker;
    await record.begin();
    await client.start();
    const { processId } = broker;
    const [announced] = await record.hears(ServiceStarted);
    expect(announced).toEqual({
      instanceId: worker.instance(1),
      processId,
      service: 'streamer',
      version: '1.2.3',
      plugins: [],
    });
    expect(await record.ping(worker.instance(1))).toBe(true);
    expect(client.trouble()).toBeUndefined();

    const closing = client.close('enough');
    expect(client.close()).toBe(closing);
    await closing;
    const [stopped] = await record.hears(ServiceStopped);
    expect(stopped).toEqual({ instanceId: worker.instance(1), reason: 'enough' });
    expect(await record.ping(worker.instance(1))).toBe(false);
    expect(client.trouble()).toBe('closed');
    await expect(client.acquire(KEY)).rejects.toMatchObject({ code: 'dependency-unavailable' });
    await expect(client.start()).rejects.toThrow(/closed by this process/);
  });

  it('waits for a record that has never started, and says so', async () => {
    const { client, record } = worker;
    const starting = client.start();
    await eventually('it says what it waits for', () =>
      client.trouble()?.includes('no queue takes service.started'),
    );
    expect(client.trouble()).toMatch(/is its reader running\?/);
    await record.begin();
    await starting;
    expect(client.trouble()).toBeUndefined();
    expect(await record.hears(ServiceStarted)).toHaveLength(1);
  });

  it('can be closed while it waits for a record that has never started', async () => {
    const { client } = worker;
    const starting = client.start();
    await eventually('it waits', () => client.trouble()?.includes('no queue takes'));
    const [start] = await Promise.allSettled([starting, client.close()]);
    expect(start).toMatchObject({ status: 'rejected' });
  });

  it('is closed in time although the record takes nothing', async () => {
    const { client, record } = worker;
    await record.begin();
    await client.start();
    await worker.fillRecord();
    await expect(client.close()).resolves.toBeUndefined();
    expect(client.trouble()).toBe('closed');
  }, 15_000);
});

describe('what goes on about leases', () => {
  let worker: WorkerUnderTest;

  beforeEach(async () => {
    worker = await WorkerUnderTest.of('streamer');
  });
  afterEach(() => worker[Symbol.asyncDispose]());

  const running = (): string[] => worker.client.supervisor.inspect().tasks.map((task) => task.name);

  it('has names, and nothing of it is left once it is closed', async () => {
    const { client, record } = worker;
    record.answers = () => undefined;
    await record.begin();
    await Promise.all([client.start(), client.start()]);
    expect(running()).toEqual(['keep an instance known to status']);
    const acquiring = client.acquire(KEY);
    await record.hears(AcquireLease);
    expect(running()).toEqual(['keep an instance known to status', `acquire ${KEY}`]);
    const closing = client.close();
    await expect(acquiring).rejects.toMatchObject({ code: 'dependency-unavailable' });
    await closing;
    expect(client.supervisor.inspect()).toMatchObject({ name: 'leases', closed: true, tasks: [] });
  });

  it('ends with the client, also what waits for the end of an older epoch', async () => {
    const { client, record } = worker;
    await record.begin();
    await client.start();
    const older = await worker.granted(KEY);
    record.answers = (request) => grant(request, { epoch: 2 });
    const acquiring = client.acquire(KEY);
    await eventually('the older one is lost', () => older.lost.aborted);
    const closing = client.close();
    await expect(acquiring).rejects.toMatchObject({
      code: 'dependency-unavailable',
      message: 'the lease client was closed by this process',
    });
    await closing;
    older.finish();
    expect(client.leases).toHaveLength(0);
  });

  it('is trouble once no instance is kept alive any more, and the log says so', async () => {
    const { client, proxy, brokers } = worker;
    const defect = new TypeError('a defect');
    brokers.log.warn = (_, message) => {
      if (message.includes('lease channel')) throw defect;
    };
    const stop = new AbortController();
    const starting = client.start(stop.signal);
    await eventually('it waits', () => client.trouble()?.includes('no queue takes'));
    proxy.cut();
    await eventually('trouble is seen', () => client.trouble()?.includes('which is a defect'));
    expect(client.trouble()).toMatch(/^"keep an instance known to status" failed.+restart/);
    expect(brokers.log.lines).toContainEqual({
      level: 'error',
      message: 'a task about leases failed: a defect',
      facts: { task: 'keep an instance known to status', err: defect },
    });
    stop.abort(new Error('enough'));
    await expect(starting).rejects.toThrow('enough');
  });
});

describe('asking for a lease', () => {
  let worker: WorkerUnderTest;

  beforeEach(async () => {
    worker = await WorkerUnderTest.started('streamer');
  });
  afterEach(() => worker[Symbol.asyncDispose]());

  it('gives what the record answers', async () => {
    const { client, record } = worker;
    const lease = await worker.granted(KEY);
    expect(lease).toMatchObject({ key: KEY, epoch: 1 });
    expect(lease.grant.requestedBy).toBe('guest');
    expect(client.leases).toEqual([lease]);
    record.answers = held;
    await expect(client.acquire('stream/b')).resolves.toEqual({ answer: 'held' });
    record.answers = closed;
    await expect(client.acquire('stream/c')).resolves.toEqual({ answer: 'closed' });
    lease.finish();
    lease.finish();
    expect(client.leases).toEqual([]);
  });

  it('is repeated with the same id until it is answered', async () => {
    const { record } = worker;
    let asked = 0;
    record.answers = (request) => {
      asked += 1;
      return asked === 1 ? undefined : grant(request);
    };
    await worker.granted(KEY);
    const [first, second] = await record.hears(AcquireLease, 2);
    expect(second).toEqual(first);
    expect(first).toMatchObject({ key: KEY, instanceId: worker.instance(1) });
  }, 15_000);

  it('takes no answer to another question, and none twice', async () => {
    const { client, record } = worker;
    record.answers = () => undefined;
    const acquiring = client.acquire(KEY);
    const [request] = await record.hears(AcquireLease);
    if (request === undefined) throw new Error('nothing was asked');
    await record.answer(request, grant({ key: KEY, requestId: randomUUID() }));
    await record.answer(request, held(request));
    await record.answer(request, grant(request));
    await expect(acquiring).resolves.toEqual({ answer: 'held' });
    await worker.dealtWith();
    expect(client.leases).toEqual([]);
  });

  it('ends when the signal aborts', async () => {
    const { client, record } = worker;
    record.answers = () => undefined;
    const reason = new Error('enough');
    const stop = new AbortController();
    const acquiring = client.acquire(KEY, stop.signal);
    await record.hears(AcquireLease);
    stop.abort(reason);
    await expect(acquiring).rejects.toBe(reason);
  });

  it('waits for the end of an older epoch of the same key, and hears meanwhile what is said of the new', async () => {
    const { client, record } = worker;
    const older = await worker.granted(KEY);
    record.answers = (request) => grant(request, { epoch: 2 });
    let isGranted = false;
    const acquiring = worker.granted(KEY).then((lease) => {
      isGranted = true;
      return lease;
    });
    await eventually('the older one is lost', () => older.lost.aborted);
    expect(older.lost.reason).toBeInstanceOf(LeaseLostError);
    await record.ping(worker.instance(1), stateOf(KEY, { epoch: 2, paused: true }));
    await worker.dealtWith();
    expect(isGranted).toBe(false);
    older.finish();
    const newer = await acquiring;
    expect(newer.epoch).toBe(2);
    expect(newer.marks.paused).toBe(true);
    expect(worker.disowned(KEY)).toEqual([]);
    expect(client.leases).toEqual([newer]);
  });

  it('lets go of what was granted when nobody waits for the end of the older epoch any more', async () => {
    const { client, record } = worker;
    const older = await worker.granted(KEY);
    record.answers = (request) => grant(request, { epoch: 2 });
    const stop = new AbortController();
    const acquiring = client.acquire(KEY, stop.signal);
    await eventually('the older one is lost', () => older.lost.aborted);
    stop.abort(new Error('enough'));
    await expect(acquiring).rejects.toThrow('enough');
    await record.ping(worker.instance(1), stateOf(KEY, { epoch: 2 }));
    const [unknown] = await record.hears(LeaseUnknown);
    expect(unknown).toEqual({ key: KEY, epoch: 2, instanceId: worker.instance(1) });
  });
});

describe('W1: when the lease channel is lost', () => {
  let worker: WorkerUnderTest;

  beforeEach(async () => {
    worker = await WorkerUnderTest.started('streamer');
  });
  afterEach(() => worker[Symbol.asyncDispose]());

  it('what is being asked for is asked for again, by the new instance with a new id', async () => {
    const { record, proxy } = worker;
    record.answers = (request) =>
      request.instanceId === worker.instance(1) ? undefined : grant(request);
    const acquiring = worker.granted(KEY);
    await record.hears(AcquireLease);
    proxy.cut();
    const lease = await acquiring;
    const [first, second] = await record.hears(AcquireLease, 2);
    expect(second).toMatchObject({ key: KEY, instanceId: worker.instance(2) });
    expect(second?.requestId).not.toBe(first?.requestId);
    expect(lease.lost.aborted).toBe(false);
  });

  it('because a person closed the connection, it is the same', async () => {
    const { broker, record, management } = worker;
    await management.closeConnection(`streamer ${broker.processId} publish`);
    const announced = await record.hears(ServiceStarted, 2);
    expect(announced[1]?.instanceId).toBe(worker.instance(2));
  }, 20_000);

  it('again and again, each question is answered in the end', async () => {
    const { record, proxy } = worker;
    record.answers = (request) => grant(request, { epoch: record.all(AcquireLease).length });
    for (let cut = 0; cut < 5; cut += 1) {
      const keys = Array.from({ length: 20 }, (_, n) => `stream/${cut}-${n}`);
      const acquiring = Promise.all(keys.map((key) => worker.granted(key)));
      proxy.cut();
      const leases = await acquiring;
      expect(leases.map(({ key }) => key)).toEqual(keys);
      for (const lease of leases) lease.finish();
    }
  }, 20_000);
});
