import { describe, expect, it } from '@jest/globals';
import { setUp, taken } from '../test/set-up.js';
import { turn } from './index.js';

/** Bodies note their start and end at once. */
function starts(): { order: string[]; body: (name: string) => () => Promise<void> } {
  const order: string[] = [];
  return { order, body: (name) => async () => void order.push(name) };
}

describe('rule A3: waiting groups take turns', () => {
  it('starts one task of a new group within one turn while ten thousand of another wait', async () => {
    const { supervisor } = setUp({ limit: 1, pendingLimit: 20_000 });
    const { order, body } = starts();
    for (let n = 0; n <= 10_000; n += 1) {
      taken(supervisor.trySpawn(`a${n}`, body(`a${n}`), { group: 'a' }));
    }
    taken(supervisor.trySpawn('b', body('b'), { group: 'b' }));
    await turn();
    expect(order).toHaveLength(10_002);
    expect(order.indexOf('b')).toBeLessThanOrEqual(2);
  });

  it('keeps the order within a group, and alternates between groups', async () => {
    const { supervisor } = setUp({ limit: 1, pendingLimit: 10 });
    const { order, body } = starts();
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) {
      taken(supervisor.trySpawn(name, body(name), { group: name[0] ?? '' }));
    }
    await turn();
    expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
  });

  it('takes tasks without a group as a group too', async () => {
    const { supervisor } = setUp({ limit: 1, pendingLimit: 10 });
    const { order, body } = starts();
    for (const name of ['first', 'n1', 'n2', 'n3']) taken(supervisor.trySpawn(name, body(name)));
    taken(supervisor.trySpawn('g1', body('g1'), { group: 'g' }));
    await turn();
    expect(order.indexOf('g1')).toBe(2);
  });

  it('gives a spawn that waits for room its turn too, before pending tasks of others', async () => {
    const { supervisor } = setUp({ limit: 1, pendingLimit: 3 });
    const { order, body } = starts();
    for (const name of ['a0', 'a1', 'a2', 'a3']) {
      taken(supervisor.trySpawn(name, body(name), { group: 'a' }));
    }
    const waiting = [
      supervisor.spawn('a4', body('a4'), { group: 'a' }),
      supervisor.spawn('b1', body('b1'), { group: 'b' }),
    ];
    await Promise.all(waiting);
    await turn();
    expect(order).toEqual(['a0', 'a1', 'b1', 'a2', 'a3', 'a4']);
  });

  it('forgets a group that nobody waits in any more', async () => {
    const { supervisor } = setUp({ limit: 1, pendingLimit: 10 });
    const { order, body } = starts();
    taken(supervisor.trySpawn('a0', body('a0'), { group: 'a' }));
    const left = taken(supervisor.trySpawn('b0', body('b0'), { group: 'b' }));
    taken(supervisor.trySpawn('a1', body('a1'), { group: 'a' }));
    left.cancel('not needed');
    taken(supervisor.trySpawn('c0', body('c0'), { group: 'c' }));
    taken(supervisor.trySpawn('b1', body('b1'), { group: 'b' }));
    await turn();
    expect(order).toEqual(['a0', 'a1', 'c0', 'b1']);
    expect(supervisor.inspect()).toMatchObject({ occupied: 0, pending: 0, waiting: 0 });
  });

  it('cancels one of many waiting tasks without starting it', async () => {
    const { supervisor } = setUp({ limit: 1, pendingLimit: 10 });
    const { order, body } = starts();
    taken(supervisor.trySpawn('a0', body('a0'), { group: 'a' }));
    const middle = taken(supervisor.trySpawn('a1', body('a1'), { group: 'a' }));
    taken(supervisor.trySpawn('a2', body('a2'), { group: 'a' }));
    expect(middle.cancel('not needed')).toBe('accepted');
    await turn();
    expect(order).toEqual(['a0', 'a2']);
    expect(await middle.outcome).toMatchObject({ status: 'cancelled', started: false });
  });
});
