import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  CancelTask,
  CommandAccepted,
  CommandRejected,
  ListServices,
  ListServicesAnswered,
  ListTargets,
  RunTask,
  StartStream,
  StopStream,
  StreamStopped,
} from '#contracts';
import { eventually } from '../tools/testing/eventually.ts';
import { StatusUnderTest } from './status-under-test.ts';

jest.setTimeout(60_000);

describe('the status service', () => {
  let status: StatusUnderTest;

  beforeAll(async () => {
    status = await StatusUnderTest.open();
    await status.ready();
  });

  afterEach(() => status.closeWorkers());

  afterAll(() => status?.close());

  it('takes an execution from its command to its end', async () => {
    const worker = await status.startWorker();
    const executionId = await status.run(['host-1', 'host-2']);
    const lease = await worker.takeWork();
    expect(lease.grant.chunk).toMatchObject({
      executionId,
      plugin: 'ssh',
      known: [{ target: 'host-1' }, { target: 'host-2' }],
    });
    await worker.report(lease, { 'host-1': 'started', 'host-2': 'started' });
    await eventually(
      'both running',
      async () => (await status.execution(executionId)).counts.running === 2,
    );
    await worker.report(lease, { 'host-1': 'succeeded', 'host-2': 'failed' });
    lease.finish();
    expect(await status.ending(executionId)).toMatchObject({
      outcome: 'failed',
      counts: { total: 2, succeeded: 1, failed: 1 },
    });
    const answer = await status.execution(executionId);
    expect(answer).toMatchObject({ state: 'failed', outcome: 'failed', requestedBy: status.user });
    const { body } = await status.service.getJson(`/v1/executions/${executionId}`);
    expect(body).toEqual(JSON.parse(JSON.stringify(answer)));
  });

  it('answers the same command the same, and refuses another under its id', async () => {
    const executionId = await status.run(['host-1']);
    const same = { executionId, plugin: 'ssh', targets: ['host-1'], policy: {} };
    expect(await status.ask(RunTask, same)).toBeInstanceOf(CommandAccepted);
    const refused = await status.ask(RunTask, { ...same, targets: ['host-2'] });
    expect(refused).toMatchObject({ id: executionId, code: 'id-reused' });
    expect(refused).toBeInstanceOf(CommandRejected);
    await status.ask(CancelTask, { executionId });
  });

  it('ends a queued execution at once when it is cancelled, and shows each target', async () => {
    const executionId = await status.run(['host-1', 'host-2']);
    await status.ask(CancelTask, { executionId, reason: 'wrong release' });
    expect(await status.ending(executionId)).toMatchObject({ outcome: 'cancelled' });
    expect(await status.ask(ListTargets, { executionId })).toMatchObject({
      items: [
        { target: 'host-1', state: 'cancelled', code: 'cancelled' },
        { target: 'host-2', state: 'cancelled', code: 'cancelled' },
      ],
    });
  });

  it('cancels an execution whose command comes after its cancel', async () => {
    const executionId = randomUUID();
    await status.ask(CancelTask, { executionId });
    await status.ask(RunTask, { executionId, plugin: 'ssh', targets: ['host-1'] });
    expect(await status.ending(executionId)).toMatchObject({ outcome: 'cancelled' });
  });

  it('tells an owner of a cancel, and records how its targets ended', async () => {
    const worker = await status.startWorker();
    const executionId = await status.run(['host-1']);
    const lease = await worker.takeWork();
    await worker.report(lease, { 'host-1': 'started' });
    await status.ask(CancelTask, { executionId });
    await eventually('the mark reaches the owner', () => lease.marks.cancelled !== null);
    await worker.report(lease, { 'host-1': 'cancelled' });
    lease.finish();
    expect(await status.ending(executionId)).toMatchObject({ outcome: 'cancelled' });
  });

  it('gives the work of an owner that vanished to the next one, with what is known', async () => {
    const first = await status.startWorker();
    const executionId = await status.run(['host-1', 'host-2', 'host-3']);
    const lost = await first.takeWork();
    await first.report(lost, { 'host-1': 'succeeded', 'host-2': 'started' });
    await first.vanish();
    const second = await status.startWorker();
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
    expect(await status.ending(executionId)).toMatchObject({ outcome: 'succeeded' });
  });

  it('gives the work of an owner that drains to the next one at once', async () => {
    const first = await status.startWorker();
    const executionId = await status.run(['host-1']);
    const lease = await first.takeWork();
    await first.report(lease, { 'host-1': 'started' });
    await lease.release(['host-1']);
    const again = await first.takeWork();
    expect(again.grant.chunk?.known).toMatchObject([{ started: false, attempt: 1 }]);
    await first.report(again, { 'host-1': 'succeeded' });
    again.finish();
    expect(await status.ending(executionId)).toMatchObject({ outcome: 'succeeded' });
  });

  it('follows a stream through start, newer start and stop', async () => {
    const streamer = await status.startWorker('streamer');
    const streamId = `edge-${randomUUID().slice(0, 8)}`;
    const settings = {
      streamId,
      url: 'https://edge-01.example.net/logs',
      format: 'ndjson',
      index: 'edge',
    };
    await status.ask(StartStream, settings);
    const first = await streamer.takeWork();
    await status.ask(StartStream, { ...settings, index: 'edge-2' });
    await eventually('the owner hears that it is revoked', () => first.marks.revoked);
    await first.release();
    const second = await streamer.takeWork();
    expect(second.grant).toMatchObject({
      epoch: 2,
      stream: { settings: { index: 'edge-2' } },
    });
    await status.ask(StopStream, { streamId });
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
      const { body } = await status.service.getJson('/v1/streams');
      const { items } = body as { items: { streamId: string; state: string; wanted: boolean }[] };
      const stream = items.find((item) => item.streamId === streamId);
      return stream?.state === 'stopped' && !stream.wanted;
    });
  });

  it('knows who is alive and what they hold', async () => {
    const worker = await status.startWorker();
    const executionId = await status.run(['host-1']);
    const lease = await worker.takeWork();
    const services = (await status.ask(ListServices, {
      service: 'task-runner',
    })) as ListServicesAnswered;
    const item = services.items.find(({ processId }) => processId === worker.processId);
    expect(item).toMatchObject({ state: 'alive', holds: [{ key: lease.key }] });
    await worker.report(lease, { 'host-1': 'succeeded' });
    lease.finish();
    await status.ending(executionId);
  });

  it('answers over HTTP what it answers over the broker, with the same limits', async () => {
    const executionId = await status.run(['host-1', 'host-2']);
    await status.ask(CancelTask, { executionId });
    await status.ending(executionId);
    const targets = await status.ask(ListTargets, { executionId, limit: 1 });
    const url = `/v1/executions/${executionId}/targets?limit=1`;
    expect((await status.service.getJson(url)).body).toEqual(JSON.parse(JSON.stringify(targets)));
    expect(await status.service.getJson('/v1/executions?state=cancelled&limit=1')).toMatchObject({
      status: 200,
      body: { items: [{ executionId, state: 'cancelled' }] },
    });
    expect(await status.service.getJson('/v1/audit?type=task.cancel&limit=1')).toMatchObject({
      status: 200,
      body: { items: [{ id: executionId, requestedBy: status.user, result: 'accepted' }] },
    });
    expect(await status.service.getJson('/v1/indices?state=blocked')).toMatchObject({
      status: 200,
      body: { items: [] },
    });
    expect(await status.service.getJson('/v1/executions?limt=1')).toMatchObject({
      status: 400,
      body: { code: 'contract-violated' },
    });
    expect(await status.service.getJson('/v1/streams?cursor=nonsense')).toMatchObject({
      status: 400,
      body: { code: 'invalid-cursor' },
    });
    expect(await status.service.getJson(`/v1/executions/${randomUUID()}`)).toMatchObject({
      status: 404,
      body: { code: 'not-found', retryable: false },
    });
  });
});
