import { randomUUID } from 'node:crypto';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import {
  CancelTask,
  CommandAccepted,
  CommandRejected,
  ExecutionFinished,
  GetExecution,
  GetExecutionAnswered,
  ListServices,
  ListServicesAnswered,
  ListTargets,
  RunTask,
  StartStream,
  StopStream,
  StreamStopped,
  checkMessage,
  parseMessage,
  type Contract,
} from '#contracts';
import { Broker, incomingMessage } from '#broker';
import { CuttableProxy } from '../apps/indexer/testing/cuttable-proxy.ts';
import { HandWorker } from '../apps/status/testing/hand-worker.ts';
import { silentLog } from '#runtime';
import { eventually } from '../tools/testing/eventually.ts';
import {
  freshBroker,
  freshDatabase,
  type FreshBroker,
  type FreshDatabase,
} from '../tools/testing/servers.ts';
import { ServiceProcess } from '../tools/testing/service-process.ts';

jest.setTimeout(60_000);

describe('the status service', () => {
  let rabbit: FreshBroker;
  let database: FreshDatabase;
  let postgres: CuttableProxy;
  let status: ServiceProcess;
  let broker: Broker;
  let workers: HandWorker[];
  let finished: Map<string, ExecutionFinished>;
  /** Who asks, as the broker knows them. */
  let user: string;

  beforeAll(async () => {
    [rabbit, database] = await Promise.all([freshBroker(), freshDatabase()]);
    user = new URL(rabbit.amqpUrl).username;
    const { hostname, port } = new URL(database.databaseUrl);
    postgres = await CuttableProxy.to(hostname, Number(port));
    status = startStatus();
    await status.ready();
    finished = await watchFinished();
  });

  afterAll(async () => {
    await status?.kill();
    await postgres?.close();
    await Promise.all([rabbit?.drop(), database?.drop()]);
  });

  beforeEach(() => {
    workers = [];
    broker = new Broker({
      url: rabbit.amqpUrl,
      service: 'cli',
      processId: randomUUID(),
      log: silentLog,
    });
    broker.start();
  });

  afterEach(async () => {
    for (const worker of workers) await worker.close();
    await broker.close();
  });

  /** Another status; its database is behind the proxy. */
  function startStatus(): ServiceProcess {
    const url = new URL(database.databaseUrl);
    url.port = String(postgres.port);
    return new ServiceProcess('status', { AMQP_URL: rabbit.amqpUrl, DATABASE_URL: url.href });
  }

  async function startWorker(...rest: ['streamer'?]): Promise<HandWorker> {
    const worker = new HandWorker(rabbit.amqpUrl, ...rest);
    workers.push(worker);
    await worker.start();
    return worker;
  }

  const ask = <T extends object>(contract: Contract<T>, body: object): Promise<object> =>
    broker.requester.request(contract, checkMessage(contract, body), { timeoutMs: 10_000 });

  async function run(targets: readonly string[], policy: object = {}): Promise<string> {
    const executionId = randomUUID();
    const reply = await ask(RunTask, { executionId, plugin: 'ssh', targets, policy });
    expect(reply).toEqual(Object.assign(new CommandAccepted(), { id: executionId }));
    return executionId;
  }

  const get = async (executionId: string): Promise<GetExecutionAnswered> =>
    (await ask(GetExecution, { executionId })) as GetExecutionAnswered;

  const ending = (executionId: string): Promise<ExecutionFinished> =>
    eventually(`execution.finished of ${executionId}`, () => finished.get(executionId), 30_000);

  it('takes an execution from its command to its end', async () => {
    const worker = await startWorker();
    const executionId = await run(['host-1', 'host-2']);
    const lease = await worker.takeWork();
    expect(lease.grant.chunk).toMatchObject({
      executionId,
      plugin: 'ssh',
      known: [{ target: 'host-1' }, { target: 'host-2' }],
    });
    await worker.report(lease, { 'host-1': 'started', 'host-2': 'started' });
    await eventually('both running', async () => (await get(executionId)).counts.running === 2);
    await worker.report(lease, { 'host-1': 'succeeded', 'host-2': 'failed' });
    lease.finish();
    expect(await ending(executionId)).toMatchObject({
      outcome: 'failed',
      counts: { total: 2, succeeded: 1, failed: 1 },
    });
    const answer = await get(executionId);
    expect(answer).toMatchObject({ state: 'failed', outcome: 'failed', requestedBy: user });
    const { body } = await status.getJson(`/v1/executions/${executionId}`);
    expect(body).toEqual(JSON.parse(JSON.stringify(answer)));
  });

  it('answers the same command the same, and refuses another under its id', async () => {
    const executionId = await run(['host-1']);
    const same = { executionId, plugin: 'ssh', targets: ['host-1'], policy: {} };
    expect(await ask(RunTask, same)).toBeInstanceOf(CommandAccepted);
    const refused = await ask(RunTask, { ...same, targets: ['host-2'] });
    expect(refused).toMatchObject({ id: executionId, code: 'id-reused' });
    expect(refused).toBeInstanceOf(CommandRejected);
    await ask(CancelTask, { executionId });
  });

  it('ends a queued execution at once when it is cancelled, and shows each target', async () => {
    const executionId = await run(['host-1', 'host-2']);
    await ask(CancelTask, { executionId, reason: 'wrong release' });
    expect(await ending(executionId)).toMatchObject({ outcome: 'cancelled' });
    expect(await ask(ListTargets, { executionId })).toMatchObject({
      items: [
        { target: 'host-1', state: 'cancelled', code: 'cancelled' },
        { target: 'host-2', state: 'cancelled', code: 'cancelled' },
      ],
    });
  });

  it('cancels an execution whose command comes after its cancel', async () => {
    const executionId = randomUUID();
    await ask(CancelTask, { executionId });
    await ask(RunTask, { executionId, plugin: 'ssh', targets: ['host-1'] });
    expect(await ending(executionId)).toMatchObject({ outcome: 'cancelled' });
  });

  it('tells an owner of a cancel, and records how its targets ended', async () => {
    const worker = await startWorker();
    const executionId = await run(['host-1']);
    const lease = await worker.takeWork();
    await worker.report(lease, { 'host-1': 'started' });
    await ask(CancelTask, { executionId });
    await eventually('the mark reaches the owner', () => lease.marks.cancelled !== null);
    await worker.report(lease, { 'host-1': 'cancelled' });
    lease.finish();
    expect(await ending(executionId)).toMatchObject({ outcome: 'cancelled' });
  });

  it('gives the work of an owner that vanished to the next one, with what is known', async () => {
    const first = await startWorker();
    const executionId = await run(['host-1', 'host-2', 'host-3']);
    const lost = await first.takeWork();
    await first.report(lost, { 'host-1': 'succeeded', 'host-2': 'started' });
    await first.vanish();
    const second = await startWorker();
    const lease = await second.takeWork();
    expect(lease.grant).toMatchObject({
      epoch: 2,
      chunk: {
        known: [
          { target: 'host-1', outcome: 'succeeded' },
          { target: 'host-2', started: true, attempt: 1 },
          { target: 'host-3', started: false, attempt: 0 },
        ],
      },
    });
    await second.report(lease, { 'host-2': 'succeeded', 'host-3': 'succeeded' });
    lease.finish();
    expect(await ending(executionId)).toMatchObject({ outcome: 'succeeded' });
  });

  it('gives the work of an owner that drains to the next one at once', async () => {
    const first = await startWorker();
    const executionId = await run(['host-1']);
    const lease = await first.takeWork();
    await first.report(lease, { 'host-1': 'started' });
    await lease.release(['host-1']);
    const again = await first.takeWork();
    expect(again.grant.chunk?.known).toMatchObject([{ started: false, attempt: 1 }]);
    await first.report(again, { 'host-1': 'succeeded' });
    again.finish();
    expect(await ending(executionId)).toMatchObject({ outcome: 'succeeded' });
  });

  it('follows a stream through start, newer start and stop', async () => {
    const streamer = await startWorker('streamer');
    const streamId = `edge-${randomUUID().slice(0, 8)}`;
    const settings = {
      streamId,
      url: 'https://edge-01.example.net/logs',
      format: 'ndjson',
      index: 'edge',
    };
    await ask(StartStream, settings);
    const first = await streamer.takeWork();
    await ask(StartStream, { ...settings, index: 'edge-2' });
    await eventually('the owner hears that it is revoked', () => first.marks.revoked);
    await first.release();
    const second = await streamer.takeWork();
    expect(second.grant).toMatchObject({
      epoch: 2,
      stream: { settings: { index: 'edge-2' } },
    });
    await ask(StopStream, { streamId });
    await eventually('the owner hears of the stop', () => second.marks.cancelled !== null);
    const { key, epoch } = second;
    await second.publish(StreamStopped, {
      key,
      epoch,
      seq: second.nextSeq(),
      state: 'stopped',
      position: { by: 'time', time: 1_000 },
      counters: { documents: 5, bytes: 50, reconnects: 0, rejected: 0 },
    });
    second.finish();
    await eventually('the stream is stopped', async () => {
      const { body } = await status.getJson('/v1/streams');
      const { items } = body as { items: { streamId: string; state: string; wanted: boolean }[] };
      const stream = items.find((item) => item.streamId === streamId);
      return stream?.state === 'stopped' && !stream.wanted;
    });
  });

  it('knows who is alive and what they hold', async () => {
    const worker = await startWorker();
    const executionId = await run(['host-1']);
    const lease = await worker.takeWork();
    const services = (await ask(ListServices, { service: 'task-runner' })) as ListServicesAnswered;
    const item = services.items.find(({ processId }) => processId === worker.processId);
    expect(item).toMatchObject({ state: 'alive', holds: [{ key: lease.key }] });
    await worker.report(lease, { 'host-1': 'succeeded' });
    lease.finish();
    await ending(executionId);
  });

  it('answers over HTTP what it answers over the broker, with the same limits', async () => {
    const executionId = await run(['host-1', 'host-2']);
    await ask(CancelTask, { executionId });
    await ending(executionId);
    const targets = await ask(ListTargets, { executionId, limit: 1 });
    const url = `/v1/executions/${executionId}/targets?limit=1`;
    expect((await status.getJson(url)).body).toEqual(JSON.parse(JSON.stringify(targets)));
    expect(await status.getJson('/v1/executions?state=cancelled&limit=1')).toMatchObject({
      status: 200,
      body: { items: [{ executionId, state: 'cancelled' }] },
    });
    expect(await status.getJson('/v1/audit?type=task.cancel&limit=1')).toMatchObject({
      status: 200,
      body: { items: [{ id: executionId, requestedBy: user, result: 'accepted' }] },
    });
    expect(await status.getJson('/v1/indices?state=blocked')).toMatchObject({
      status: 200,
      body: { items: [] },
    });
    expect(await status.getJson('/v1/executions?limt=1')).toMatchObject({
      status: 400,
      body: { code: 'contract-violated' },
    });
    expect(await status.getJson('/v1/streams?cursor=nonsense')).toMatchObject({
      status: 400,
      body: { code: 'invalid-cursor' },
    });
    expect(await status.getJson(`/v1/executions/${randomUUID()}`)).toMatchObject({
      status: 404,
      body: { code: 'not-found', retryable: false },
    });
  });

  it('loses nothing and tells everything when it is killed and another one takes over', async () => {
    const second = startStatus();
    try {
      await second.ready();
      const worker = await startWorker();
      const executionId = await run(Array.from({ length: 200 }, (_, at) => `host-${at + 1}`));
      const lease = await worker.takeWork();
      const reports = Array.from(
        { length: 200 },
        (_, at) => () => worker.report(lease, { [`host-${at + 1}`]: 'succeeded' }),
      );
      const sent = reports.slice(0, 100).map((report) => report());
      await status.kill();
      sent.push(...reports.slice(100).map((report) => report()));
      await Promise.all(sent);
      lease.finish();
      expect(await ending(executionId)).toMatchObject({
        outcome: 'succeeded',
        counts: { succeeded: 200 },
      });
    } finally {
      await second.kill();
      status = startStatus();
      await status.ready();
    }
  });

  it('waits for PostgreSQL, and records then what came meanwhile', async () => {
    const worker = await startWorker();
    const executionId = await run(['host-1', 'host-2']);
    const lease = await worker.takeWork();
    postgres.cut();
    await worker.report(lease, { 'host-1': 'succeeded' });
    await eventually('not ready', async () => (await status.get('/health/ready')).status === 503);
    await worker.report(lease, { 'host-2': 'succeeded' });
    const recorded = run(['host-1']);
    postgres.mend();
    expect(await ending(executionId)).toMatchObject({ outcome: 'succeeded' });
    await eventually('ready', async () => (await status.get('/health/ready')).status === 200);
    lease.finish();
    await ask(CancelTask, { executionId: await recorded });
  });

  it('is fenced off when it hangs and wakes after another one has taken over', async () => {
    const second = startStatus();
    try {
      await second.ready();
      const executionId = await run(['host-1']);
      status.freeze();
      const worker = await startWorker();
      const lease = await worker.takeWork();
      await worker.report(lease, { 'host-1': 'succeeded' });
      lease.finish();
      expect(await ending(executionId)).toMatchObject({ outcome: 'succeeded' });
      status.wake();
      const next = await run(['host-1']);
      const nextLease = await worker.takeWork();
      await worker.report(nextLease, { 'host-1': 'failed' });
      nextLease.finish();
      expect(await ending(next)).toMatchObject({ outcome: 'failed' });
      expect(await get(executionId)).toMatchObject({ outcome: 'succeeded' });
    } finally {
      status.wake();
      await second.kill();
    }
  });

  it('stops in order when it is told to', async () => {
    const second = startStatus();
    await second.ready();
    expect(await second.stop()).toBe(0);
  });

  /** Watches as people do: a queue of one's own, bound to the events. */
  async function watchFinished(): Promise<Map<string, ExecutionFinished>> {
    const endings = new Map<string, ExecutionFinished>();
    const watcher = new Broker({
      url: rabbit.amqpUrl,
      service: 'cli',
      processId: randomUUID(),
      log: silentLog,
    });
    watcher.start();
    const channel = await watcher.openChannel('consume');
    const { queue } = await channel.raw.assertQueue('', { exclusive: true });
    await channel.raw.bindQueue(queue, 'signalbox.events', 'execution.finished.#');
    await channel.consume(
      queue,
      (delivery) => {
        const { type, body } = incomingMessage(delivery);
        const event = parseMessage(type, body) as ExecutionFinished;
        endings.set(event.executionId, event);
      },
      { noAck: true },
    );
    closeAfterwards.push(() => watcher.close());
    return endings;
  }

  const closeAfterwards: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closeAfterwards) await close();
  });
});
