import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { processesOf } from '../apps/task-runner/testing/local-processes.ts';
import type { Mesh } from '../tools/mesh.ts';
import { eventually } from '../tools/testing/eventually.ts';
import { MeshGround } from '../tools/testing/mesh-ground.ts';
import { brokenPromises } from './takeover/broken-promises.ts';
import { RUNNER_ENV, TakeoverMesh, type Run } from './takeover/takeover-mesh.ts';

jest.setTimeout(120_000);

/** A promise: so long after an owner was killed, another has started its work. */
const TAKEN_OVER_WITHIN_MS = 3_000;

/** Runs for ever at its first attempt. */
const ENDLESS_AT_FIRST = 'if [ $SIGNALBOX_ATTEMPT = 1 ]; then sleep 600; fi';

let ground: MeshGround;
let mesh: Mesh;
let takeover: TakeoverMesh;

beforeAll(async () => {
  ground = await MeshGround.open();
  // One that hangs is noticed sooner than with the usual five seconds.
  const broker = new URL(ground.given.AMQP_URL ?? '');
  broker.searchParams.set('heartbeat', '2');
  mesh = await ground.startMesh({
    instances: { status: 2, 'task-runner': 2, streamer: 0, indexer: 0 },
    env: { 'task-runner': { ...RUNNER_ENV, AMQP_URL: broker.href } },
  });
  takeover = new TakeoverMesh(mesh, ground.dir);
});

beforeEach(() => takeover.executions.untilTaskRunners(2), 40_000);

afterAll(async () => {
  await takeover?.close();
  await ground?.close();
});

/** A chunk gets the share of one of the two task-runners. */
const atOnce = (targets: number) => ({ concurrency: 2 * targets });

const hosts = (count: number) => Array.from({ length: count }, (_, i) => `host-${i + 1}`);

async function untilEnded({ ledger }: Run, count: number): Promise<void> {
  await eventually(`${count} runs have ended`, () => ledger.ends().length >= count, 30_000);
}

async function untilStarted({ ledger }: Run, count: number): Promise<void> {
  await eventually(`${count} runs have begun`, () => ledger.starts().length >= count, 30_000);
}

describe('an owner of work that is killed in the middle', () => {
  it.each(['retry', 'fail'] as const)(
    'has a successor within 3 s, and what it ran follows onLost: %s',
    async (onLost) => {
      await takeover.untilWatched();
      const run = await takeover.run({
        targets: hosts(60),
        does: 'sleep 0.5',
        policy: { ...atOnce(10), onLost },
      });
      await untilEnded(run, 20);
      const owner = await takeover.ownerOf(run);
      const killedAt = Date.now();
      await mesh.kill('task-runner', owner.index);

      expect(await brokenPromises(takeover, run, onLost)).toEqual([]);
      const { counts } = await takeover.executions.get(run.executionId);
      const targets = await takeover.executions.targets(run.executionId);
      const takenOverAt = Math.min(
        ...targets.map(({ startedAt = 0 }) => startedAt).filter((at) => at > killedAt),
      );
      const tookMs = takenOverAt - killedAt;
      process.stdout.write(`onLost ${onLost}: taken over ${tookMs} ms after the kill\n`);
      expect(tookMs).toBeLessThan(TAKEN_OVER_WITHIN_MS);
      const successor = run.ledger.starts().find(({ at }) => at >= takenOverAt);
      expect(successor?.runner).not.toBe(owner.pid);

      const interrupted = targets.filter(({ state, attempt }) =>
        onLost === 'retry' ? attempt === 2 : state === 'lost',
      );
      expect(interrupted.length).toBeGreaterThan(0);
      expect(interrupted.length).toBeLessThanOrEqual(10);
      const lost = onLost === 'fail' ? interrupted.length : 0;
      expect(counts).toMatchObject({ total: 60, succeeded: 60 - lost, lost });
      for (const { code } of interrupted) {
        expect(code).toBe(onLost === 'fail' ? 'owner-lost' : undefined);
      }
    },
  );
});

describe('an owner of work that hangs longer than the broker waits, and wakes', () => {
  it('ends what it ran and says nothing more; what its successor said stands', async () => {
    await takeover.untilWatched();
    const run = await takeover.run({
      targets: hosts(6),
      // One comes to an end while its owner hangs: that has something to say when it wakes.
      does: `case $SIGNALBOX_TARGET in *1) sleep 3;; *) ${ENDLESS_AT_FIRST};; esac`,
      policy: { ...atOnce(6), onLost: 'retry' },
    });
    await untilStarted(run, 6);
    const owner = await takeover.ownerOf(run);
    process.kill(owner.pid, 'SIGSTOP');
    try {
      expect(await brokenPromises(takeover, run, 'retry')).toEqual([]);
      const before = await takeover.eventsByEpoch(run);
      expect(await processesOf(run.executionId)).not.toEqual([]);

      process.kill(owner.pid, 'SIGCONT');
      await eventually(
        'nothing runs any more',
        async () => (await processesOf(run.executionId)).length === 0,
        20_000,
      );
      await takeover.executions.untilTaskRunners(2);
      // Whatever it says, it says before this: it is known to the record again, and in order.
      const next = await takeover.run({ targets: hosts(20), does: 'true', policy: atOnce(1) });
      expect(await brokenPromises(takeover, next, 'retry')).toEqual([]);
      expect(await takeover.eventsByEpoch(run)).toEqual(before);
      expect([...before.keys()]).toEqual([1, 2]);
      const targets = await takeover.executions.targets(run.executionId);
      expect(new Set(targets.map(({ state, attempt }) => `${state} ${attempt}`))).toEqual(
        new Set(['succeeded 2']),
      );
    } finally {
      process.kill(owner.pid, 'SIGCONT');
    }
  });
});

describe('an owner of work that is told to stop', () => {
  it('gives back what it interrupts, to start again elsewhere, and nothing else runs twice', async () => {
    const run = await takeover.run({
      targets: hosts(20),
      does: `case $SIGNALBOX_TARGET in *0) ${ENDLESS_AT_FIRST};; esac`,
      policy: { ...atOnce(2), onLost: 'fail' },
    });
    await untilEnded(run, 18);
    await untilStarted(run, 20);
    const owner = await takeover.ownerOf(run);
    process.kill(owner.pid, 'SIGTERM');
    await expect(takeover.executions.ended(run.executionId)).resolves.toMatchObject({
      state: 'succeeded',
    });
    // Promised of `retry`: an orderly release starts again what must not run twice after a crash.
    expect(await brokenPromises(takeover, run, 'retry')).toEqual([]);
    const twice = run.ledger.starts().filter(({ attempt }) => attempt > 1);
    expect(twice.map(({ target }) => target).toSorted()).toEqual(['host-10', 'host-20']);
    for (const { runner } of twice) expect(runner).not.toBe(owner.pid);
    expect(await processesOf(run.executionId)).toEqual([]);
  });
});

describe('a command that kills every owner', () => {
  it('ends `lost` after five of them, and the mesh does other work', async () => {
    await takeover.untilWatched();
    const poison = await takeover.run({
      targets: ['host-1'],
      does: 'kill -9 $PPID; sleep 600',
      policy: { onLost: 'retry' },
    });
    await untilStarted(poison, 1);
    const other = await takeover.run({
      targets: hosts(30),
      does: 'sleep 1',
      policy: { concurrency: 3, onLost: 'retry' },
    });
    expect(await brokenPromises(takeover, poison, 'retry', 100_000)).toEqual([]);
    await expect(takeover.executions.get(poison.executionId)).resolves.toMatchObject({
      state: 'failed',
      counts: { lost: 1 },
    });
    const [target] = await takeover.executions.targets(poison.executionId);
    expect(target).toMatchObject({ state: 'lost', code: 'owner-lost-repeatedly', attempt: 5 });
    expect(new Set(poison.ledger.starts().map(({ runner }) => runner)).size).toBe(5);

    expect(await brokenPromises(takeover, other, 'retry')).toEqual([]);
    await expect(takeover.executions.get(other.executionId)).resolves.toMatchObject({
      counts: { succeeded: 30 },
    });
  });
});
