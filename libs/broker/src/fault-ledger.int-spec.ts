import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../../tools/soak/seeded-random.ts';
import { PrivateServers } from '../../../tools/testing/private-servers.ts';
import { freshBroker } from '../../../tools/testing/servers.ts';
import { FAULTS } from '../faults/faults.ts';
import { runFault, type Fault } from '../faults/fault.ts';
import { groundOn, type Ground, type OwnBroker } from '../faults/ground.ts';

const MESSAGES = 1_000;
const SEED = 1;
const PATIENCE_MS = 120_000;

/** A test for each: the same code, at a twentieth of its length, as `npm run soak -- broker`. */
function survives(faults: readonly Fault[], openGround: () => Promise<Ground>): void {
  let ground: Ground;

  beforeEach(async () => {
    ground = await openGround();
  }, PATIENCE_MS);
  afterEach(() => ground.drop(), PATIENCE_MS);

  it.each(faults.map((fault) => [fault.name, fault] as const))(
    'when %s',
    async (_, fault) => {
      const options = {
        ground,
        messages: MESSAGES,
        random: seededRandom(SEED),
        heartbeatSeconds: 1,
      };
      const { violations } = await runFault(fault, options);
      expect(violations).toEqual([]);
    },
    PATIENCE_MS,
  );
}

describe('nothing confirmed is lost, and what is doubled is explained,', () => {
  survives(
    FAULTS.filter((fault) => !fault.needsOwnBroker),
    freshBroker,
  );

  describe('on a broker of its own,', () => {
    let servers: PrivateServers;
    let rabbit: OwnBroker;

    beforeAll(async () => {
      servers = await PrivateServers.open();
      rabbit = await servers.rabbitMq();
    }, PATIENCE_MS);
    afterAll(() => servers.close(), PATIENCE_MS);

    survives(
      FAULTS.filter((fault) => fault.needsOwnBroker),
      () => groundOn(rabbit),
    );
  });
});
