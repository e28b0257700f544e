import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AcquireLease,
  CancelTask,
  PauseTask,
  RunTask,
  ServiceLost,
  ServiceStarted,
  type Contract,
} from '#contracts';
import { EXECUTION, chunk, hosts, instance, request } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import { InstancesReader } from './instances-reader.js';

const NOW = 1_764_000_000_000;

describe('S9: who is watched', () => {
  const messages = new RecordInMemory();
  let record: RecordOnPostgres;
  let reader: InstancesReader;

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
    reader = new InstancesReader(record.pool);
  });
  beforeEach(async () => {
    await record.clear();
    await tell(RunTask, { executionId: EXECUTION, plugin: 'ssh', targets: hosts(2) });
  });
  afterAll(() => record.drop());

  it('is every instance that owns a lease, though the record never heard of it', async () => {
    await acquire(instance(1));
    expect(await reader.all()).toMatchObject([
      { instanceId: instance(1), leases: [{ key: chunk(1), epoch: 1 }] },
    ]);
  });

  it('is an owner that was declared gone, as long as the record gives it a lease', async () => {
    await startRunner(instance(1));
    await tell(ServiceLost, { instanceId: instance(1), reason: 'gone' });
    expect(await reader.all()).toEqual([]);
    // Its request was late.
    await acquire(instance(1));
    expect(await reader.all()).toMatchObject([{ instanceId: instance(1) }]);
  });

  it('is every other instance that is known, though it owns nothing', async () => {
    await startRunner(instance(1));
    expect(await reader.all()).toEqual([{ instanceId: instance(1), leases: [] }]);
  });

  it('is told what stands on its leases now: cancelled, paused', async () => {
    await acquire(instance(1));
    const state = { key: chunk(1), epoch: 1, cancelled: null, revoked: false, paused: false };
    expect(await reader.leasesOf(instance(1))).toEqual([state]);
    await tell(PauseTask, { executionId: EXECUTION });
    expect(await reader.leasesOf(instance(1))).toEqual([{ ...state, paused: true }]);
    await tell(CancelTask, { executionId: EXECUTION });
    const [marked] = await reader.leasesOf(instance(1));
    expect(marked?.cancelled).toMatchObject({ outcome: 'cancelled' });
    expect(await reader.leasesOf(instance(2))).toEqual([]);
  });

  async function tell<T extends object>(contract: Contract<T>, body: object): Promise<void> {
    await record.apply(NOW, messages.message(contract, body));
  }

  async function acquire(instanceId: string): Promise<void> {
    await tell(AcquireLease, { key: chunk(1), instanceId, requestId: request(1) });
  }

  async function startRunner(instanceId: string): Promise<void> {
    const processId = instanceId.slice(0, 36);
    const ssh = { name: 'ssh', description: '', schema: {}, idempotent: true, timeoutMs: 60_000 };
    const service = 'task-runner';
    await tell(ServiceStarted, { instanceId, processId, service, version: '1', plugins: [ssh] });
  }
});
