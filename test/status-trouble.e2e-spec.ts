import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CancelTask } from '#contracts';
import { eventually } from '../tools/testing/eventually.ts';
import { StatusUnderTest } from './status-under-test.ts';

jest.setTimeout(60_000);

describe('a status service in trouble', () => {
  let status: StatusUnderTest;

  beforeAll(async () => {
    status = await StatusUnderTest.open();
    await status.ready();
  });

  afterEach(() => status.closeWorkers());

  afterAll(() => status?.close());

  it('loses nothing and tells everything when it is killed and another one takes over', async () => {
    const second = status.startService();
    try {
      await second.ready();
      const worker = await status.startWorker();
      const executionId = await status.run(
        Array.from({ length: 200 }, (_, at) => `host-${at + 1}`),
      );
      const lease = await worker.takeWork();
      const reports = Array.from(
        { length: 200 },
        (_, at) => () => worker.report(lease, { [`host-${at + 1}`]: 'succeeded' }),
      );
      const sent = reports.slice(0, 100).map((report) => report());
      await status.service.kill();
      sent.push(...reports.slice(100).map((report) => report()));
      await Promise.all(sent);
      lease.finish();
      expect(await status.ending(executionId)).toMatchObject({
        outcome: 'succeeded',
        counts: { succeeded: 200 },
      });
    } finally {
      await second.kill();
      status.service = status.startService();
      await status.service.ready();
    }
  });

  it('waits for PostgreSQL, and records then what came meanwhile', async () => {
    const worker = await status.startWorker();
    const executionId = await status.run(['host-1', 'host-2']);
    const lease = await worker.takeWork();
    status.postgres.cut();
    await worker.report(lease, { 'host-1': 'succeeded' });
    await eventually('not ready', async () => (await status.service.readiness()).status === 503);
    await worker.report(lease, { 'host-2': 'succeeded' });
    const recorded = status.run(['host-1']);
    status.postgres.mend();
    expect(await status.ending(executionId)).toMatchObject({ outcome: 'succeeded' });
    await eventually('ready', async () => (await status.service.readiness()).status === 200);
    lease.finish();
    await status.ask(CancelTask, { executionId: await recorded });
  });

  it('is fenced off when it hangs and wakes after another one has taken over', async () => {
    const second = status.startService();
    try {
      await second.ready();
      const executionId = await status.run(['host-1']);
      status.service.freeze();
      const worker = await status.startWorker();
      const lease = await worker.takeWork();
      await worker.report(lease, { 'host-1': 'succeeded' });
      lease.finish();
      expect(await status.ending(executionId)).toMatchObject({ outcome: 'succeeded' });
      status.service.wake();
      const next = await status.run(['host-1']);
      const nextLease = await worker.takeWork();
      await worker.report(nextLease, { 'host-1': 'failed' });
      nextLease.finish();
      expect(await status.ending(next)).toMatchObject({ outcome: 'failed' });
      expect(await status.execution(executionId)).toMatchObject({ outcome: 'succeeded' });
    } finally {
      status.service.wake();
      await second.kill();
    }
  });

  it('stops in order when it is told to', async () => {
    const second = status.startService();
    await second.ready();
    expect(await second.stop()).toBe(0);
  });
});
