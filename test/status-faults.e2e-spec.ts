import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../tools/soak/seeded-random.ts';
import { PrivateServers } from '../tools/testing/private-servers.ts';
import { RECORD_FAULTS } from './record-faults/faults.ts';
import { runRecordFault } from './record-faults/record-fault.ts';
import { RecordGround } from './record-faults/record-ground.ts';

const SEED = 1;
const PATIENCE_MS = 180_000;

/** The same code, at a twentieth of its length, as `npm run soak -- record`. */
describe('nothing is lost or doubled under load, and only one status writes (S1),', () => {
  let servers: PrivateServers;
  let ground: RecordGround;

  beforeAll(async () => {
    servers = await PrivateServers.open();
    const { keeper, dir } = servers;
    // Frozen processes are noticed sooner than with the usual five.
    const heartbeatSeconds = 2;
    ground = await RecordGround.open({ keeper, dir: path.join(dir, 'record'), heartbeatSeconds });
  }, PATIENCE_MS);

  afterAll(async () => {
    await ground?.[Symbol.asyncDispose]();
    await servers?.close();
  }, PATIENCE_MS);

  it.each(RECORD_FAULTS.map((fault) => [fault.name, fault] as const))(
    'when %s',
    async (_, fault) => {
      const options = { executions: 200, outageMs: 10_000, random: seededRandom(SEED) };
      const { violations } = await runRecordFault(fault, ground, options);
      expect(violations).toEqual([]);
    },
    PATIENCE_MS,
  );
});
