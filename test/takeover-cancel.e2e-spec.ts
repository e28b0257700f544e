import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PauseTask, ResumeTask } from '#contracts';
import { processesOf } from '../apps/task-runner/testing/local-processes.ts';
import { eventually } from '../tools/testing/eventually.ts';
import { MeshGround } from '../tools/testing/mesh-ground.ts';
import { brokenPromises } from './takeover/broken-promises.ts';
import { RUNNER_ENV, TakeoverMesh, type Run } from './takeover/takeover-mesh.ts';

jest.setTimeout(60_000);

const TARGETS = ['host-1', 'host-2'];
const ENDLESS = 'sleep 600';

let ground: MeshGround;
let takeover: TakeoverMesh;

/** One task-runner, which holds two chunks and runs one target: what comes third is not granted, what comes second not started. */
beforeAll(async () => {
  ground = await MeshGround.open();
  const mesh = await ground.startMesh({
    instances: { status: 2, 'task-runner': 1, streamer: 0, indexer: 0 },
    env: { 'task-runner': { ...RUNNER_ENV, CHUNK_SLOTS: '2', TARGET_SLOTS: '1' } },
  });
  takeover = new TakeoverMesh(mesh, ground.dir);
});

afterAll(async () => {
  await takeover?.close();
  await ground?.close();
});

async function untilRunning({ ledger }: Run): Promise<void> {
  await eventually('it runs', () => ledger.starts().length > 0);
}

async function untilRecorded({ executionId }: Run): Promise<void> {
  await eventually('it is recorded', () => takeover.executions.get(executionId));
}

/** Cancels it; resolves once it has ended, cancelled, with no broken promise and nothing of it running. */
async function cancelled(run: Run): Promise<void> {
  await takeover.executions.cancel(run.executionId);
  expect(await brokenPromises(takeover, run, 'fail')).toEqual([]);
  await expect(takeover.executions.get(run.executionId)).resolves.toMatchObject({
    state: 'cancelled',
    code: 'cancelled',
    reason: 'by the test',
  });
  expect(await processesOf(run.executionId)).toEqual([]);
}

async function statesOf({ executionId }: Run): Promise<string[]> {
  const targets = await takeover.executions.targets(executionId);
  return targets.map(({ state, attempt }) => `${state} ${attempt}`);
}

describe('a cancel', () => {
  it('that comes before the command: nothing of it is ever begun', async () => {
    const executionId = randomUUID();
    await takeover.executions.cancel(executionId);
    const run = await takeover.run({ targets: TARGETS, does: ENDLESS }, executionId);
    expect(await brokenPromises(takeover, run, 'fail')).toEqual([]);
    const { state, counts } = await takeover.executions.get(executionId);
    expect({ state, counts }).toMatchObject({ state: 'cancelled', counts: { cancelled: 2 } });
    expect(run.ledger.entries()).toEqual([]);
  });

  it('in the queue, between grant and start, and while it runs', async () => {
    const policy = { concurrency: 1 };
    const running = await takeover.run({ targets: TARGETS, does: ENDLESS, policy });
    await untilRunning(running);
    const granted = await takeover.run({ targets: TARGETS, does: ENDLESS, policy });
    await takeover.ownerOf(granted);
    const queued = await takeover.run({ targets: TARGETS, does: ENDLESS, policy });
    await untilRecorded(queued);

    await cancelled(queued);
    expect(await statesOf(queued)).toEqual(['cancelled 0', 'cancelled 0']);
    await cancelled(granted);
    expect(await statesOf(granted)).toEqual(['cancelled 0', 'cancelled 0']);
    await cancelled(running);
    expect(await statesOf(running)).toEqual(['cancelled 1', 'cancelled 0']);
    expect(queued.ledger.entries()).toEqual([]);
    expect(granted.ledger.entries()).toEqual([]);
    expect(running.ledger.entries()).toMatchObject([{ what: 'start', target: 'host-1' }]);
  });

  it('while it is paused, before and after its grant', async () => {
    const policy = { concurrency: 1 };
    const run = await takeover.run({ targets: TARGETS, does: ENDLESS, policy });
    await untilRunning(run);
    const paused = async ({ executionId }: Run): Promise<void> => {
      await takeover.publish(PauseTask, { executionId });
      const isPaused = async () => (await takeover.executions.get(executionId)).state === 'paused';
      await eventually('it is paused', isPaused);
    };
    await paused(run);
    const later = await takeover.run({ targets: TARGETS, does: ENDLESS });
    await paused(later);
    await cancelled(run);
    await cancelled(later);
    // A resume that comes too late brings nothing back.
    await takeover.publish(ResumeTask, { executionId: run.executionId });
    const next = await takeover.run({ targets: TARGETS, does: 'true' });
    await takeover.executions.ended(next.executionId);
    expect(await statesOf(run)).toEqual(['cancelled 1', 'cancelled 0']);
  });

  it('after the end: what is recorded stays', async () => {
    const run = await takeover.run({ targets: TARGETS, does: 'true' });
    const ended = await takeover.executions.ended(run.executionId);
    expect(ended).toMatchObject({ state: 'succeeded', counts: { succeeded: 2 } });
    await takeover.executions.cancel(run.executionId);
    const next = await takeover.run({ targets: TARGETS, does: 'true' });
    expect(await brokenPromises(takeover, next, 'fail')).toEqual([]);
    await expect(takeover.executions.get(run.executionId)).resolves.toEqual(ended);
  });

  it('and what it brought about, read together: always `cancelled`', async () => {
    for (let n = 0; n < 10; n += 1) {
      const run = await takeover.run({ targets: TARGETS, does: ENDLESS });
      await untilRunning(run);
      await cancelled(run);
      expect(await statesOf(run)).toEqual(['cancelled 1', 'cancelled 0']);
    }
  });

  it.each([
    ['the whole execution', { executionTimeoutMs: 1_000 }, 'execution-timeout'],
    ['a target', { timeoutMs: 500 }, undefined],
  ])('is not needed when the time of %s is up', async (_what, policy, code) => {
    const run = await takeover.run({ targets: TARGETS, does: ENDLESS, policy });
    const ended = await takeover.executions.ended(run.executionId);
    const state = code === undefined ? 'failed' : 'timed-out';
    expect(ended).toMatchObject({ state, counts: { timedOut: 2 }, ...(code && { code }) });
    expect(await processesOf(run.executionId)).toEqual([]);
  });
});
