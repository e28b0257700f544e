import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../../tools/soak/seeded-random.ts';
import { freshBroker } from '../../../tools/testing/servers.ts';
import { runFault } from '../faults/fault.ts';
import { HOSTILE } from '../faults/hostile-fault.ts';

const SEED = 1;

describe('500 messages that cannot be read', () => {
  it('are dead letters, each with a code and as it was, and what can be read is handled', async () => {
    const ground = await freshBroker();
    const random = seededRandom(SEED);
    const options = { ground, messages: 500, random, heartbeatSeconds: 5 };
    const { violations, facts } = await runFault(HOSTILE, options);
    await ground.drop();
    expect(violations).toEqual([]);
    expect(facts.dead).toBeGreaterThan(350);
    expect(facts.settled).toBeGreaterThan(25);
  });
});
