import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../tools/testing/eventually.ts';
import { PrivateServers } from '../tools/testing/private-servers.ts';
import { freshDatabase, type FreshDatabase } from '../tools/testing/servers.ts';
import { brokenPromises } from './takeover/broken-promises.ts';
import { CUTS, CuttableMesh, type Cut } from './takeover/cuttable-mesh.ts';
import { SteadyStream } from './takeover/steady-stream.ts';
import type { Run } from './takeover/takeover-mesh.ts';

jest.setTimeout(120_000);

const TASK_SECONDS = 12;
const LINES = 4_000;

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

async function chunkOwner({ executionId }: Run): Promise<string> {
  const [target] = await mesh.executions.targets(executionId);
  return target?.owner ?? '';
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
      does: `sleep ${TASK_SECONDS}`,
      policy: { concurrency: 8, onLost: 'fail' },
    });
    const stream = await SteadyStream.follow(mesh, LINES, TASK_SECONDS);
    try {
      await eventually('all four run', () => run.ledger.starts().length === 4);
      const owners = [
        { service: 'task-runner', instanceId: await chunkOwner(run) },
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
});
