import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { processesOf } from '../apps/task-runner/testing/local-processes.ts';
import { eventually } from '../tools/testing/eventually.ts';
import { PrivateServers } from '../tools/testing/private-servers.ts';
import { freshDatabase, type FreshDatabase } from '../tools/testing/servers.ts';
import { brokenPromises } from './takeover/broken-promises.ts';
import { CUTS, CuttableMesh, type Cut } from './takeover/cuttable-mesh.ts';
import { SteadyStream } from './takeover/steady-stream.ts';
import type { Run } from './takeover/takeover-mesh.ts';

jest.setTimeout(120_000);

/** Long enough for the cut, and for its end to be seen. */
const taskSeconds = (cut: Cut): number => (cut === 'the broker restarts' ? 12 : 6);
const LINES = 4_000;
const RESETS = ['its publish connection is reset', 'its consume connection is reset'] as const;

let servers: PrivateServers;
let databases: FreshDatabase[] = [];
let mesh: CuttableMesh;

beforeAll(async () => {
  servers = await PrivateServers.open();
  databases = await Promise.all([freshDatabase(), freshDatabase()]);
  const [record, search] = databases;
  mesh = await CuttableMesh.start({
    keeper: servers.keeper,
    dir: servers.dir,
    given: { DATABASE_URL: record?.databaseUrl, SEARCH_URL: search?.databaseUrl },
    instances: { status: 2, 'task-runner': 2, streamer: 2, indexer: 1 },
  });
  await mesh.untilWatched();
});

afterAll(async () => {
  await mesh?.close();
  await servers?.close();
  await Promise.all(databases.map((one) => one.drop()));
});

async function chunkOwner({ executionId }: Run): Promise<string | undefined> {
  const [target] = await mesh.executions.targets(executionId);
  return target?.owner;
}

/** Who owns afterwards, so that the cut is known to have been one: the next instance of the same process where the lease channel was lost. */
function ownerAfter(cut: Cut, instanceId: string): string {
  if (cut === 'its consume connection is reset') return instanceId;
  const [processId, n] = instanceId.split('.');
  return `${processId}.${Number(n) + 1}`;
}

describe('the owner of work', () => {
  it.each(CUTS)('keeps it, and starts nothing anew, when %s', async (cut) => {
    const run = await mesh.run({
      targets: ['host-1', 'host-2', 'host-3', 'host-4'],
      does: `sleep ${taskSeconds(cut)}`,
      policy: { concurrency: 8, onLost: 'fail' },
    });
    const stream = await SteadyStream.follow(mesh, LINES, taskSeconds(cut));
    try {
      await eventually('all four run', () => run.ledger.starts().length === 4);
      const owners = [
        { service: 'task-runner', instanceId: (await chunkOwner(run)) ?? '' },
        { service: 'streamer', instanceId: await stream.owner() },
      ] as const;
      await mesh.cut(cut, owners);
      if (cut !== 'the broker restarts') {
        const [runner, streamer] = owners.map(({ instanceId }) => ownerAfter(cut, instanceId));
        await eventually('it owns the chunk', async () => (await chunkOwner(run)) === runner);
        await eventually('it owns the stream', async () => (await stream.owner()) === streamer);
      }
      expect(await stream.ended()).toEqual({
        requests: 1,
        documents: LINES,
        distinctLines: LINES,
      });
      expect(await brokenPromises(mesh, run, 'fail')).toEqual([]);
      await expect(mesh.executions.get(run.executionId)).resolves.toMatchObject({
        state: 'succeeded',
        counts: { succeeded: 4 },
      });
      expect(run.ledger.starts()).toHaveLength(4);
      expect([...(await mesh.eventsByEpoch(run)).keys()]).toEqual([1]);
    } finally {
      await stream.close();
    }
  });

  it('ends everything once, though its connections are reset again and again', async () => {
    const run = await mesh.run({
      targets: Array.from({ length: 200 }, (_, n) => `host-${n + 1}`),
      does: 'sleep 0.5',
      policy: { concurrency: 40, onLost: 'retry' },
    });
    for (let ended = 20; ended <= 160; ended += 20) {
      await eventually(`${ended} have ended`, () => run.ledger.ends().length >= ended, 30_000);
      const instanceId = await eventually('it has an owner', () => chunkOwner(run));
      for (const how of RESETS) await mesh.cut(how, [{ service: 'task-runner', instanceId }]);
    }
    // Resets in so quick a row make the owner slower to come back, so that it may lose the work to another.
    expect(await brokenPromises(mesh, run, 'retry')).toEqual([]);
    await expect(mesh.executions.get(run.executionId)).resolves.toMatchObject({
      state: 'succeeded',
      counts: { succeeded: 200 },
    });
  });

  it.each([
    ['fail', 'lost', 1],
    ['retry', 'succeeded', 2],
  ] as const)(
    'loses it when it is cut off for long, and says nothing of it when it is back (onLost: %s)',
    async (onLost, state, attempt) => {
      const run = await mesh.run({
        targets: ['host-1', 'host-2'],
        does: 'if [ $SIGNALBOX_ATTEMPT = 1 ] && [ $SIGNALBOX_TARGET = host-1 ]; then sleep 600; fi; sleep 1',
        policy: { concurrency: 4, onLost },
      });
      await eventually('both run', () => run.ledger.starts().length === 2);
      const owner = await mesh.ownerOf(run);
      mesh.proxy.shut(`task-runner ${owner.processId}`);
      try {
        await mesh.executions.ended(run.executionId);
        const before = await mesh.eventsByEpoch(run);
        // What it ran goes on in its grace; one of them comes to an end of which nobody hears.
        const firstEnds = () => run.ledger.ends().filter(({ attempt: n }) => n === 1);
        await eventually('one ends', () => firstEnds().length === 1);
        expect(firstEnds()).toMatchObject([{ target: 'host-2' }]);
        expect(await processesOf(run.executionId)).not.toEqual([]);
        mesh.proxy.letIn();
        await eventually(
          'nothing of it runs any more',
          async () => (await processesOf(run.executionId)).length === 0,
        );
        await mesh.executions.untilTaskRunners(2);
        expect(await mesh.eventsByEpoch(run)).toEqual(before);
      } finally {
        mesh.proxy.letIn();
      }
      expect(await brokenPromises(mesh, run, onLost)).toEqual([]);
      const targets = await mesh.executions.targets(run.executionId);
      expect(targets).toMatchObject([
        { state, attempt },
        { state, attempt },
      ]);
    },
  );
});
