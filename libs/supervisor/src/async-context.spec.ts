import { describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Puppet } from '../test/puppet.js';
import { setUp, taken } from '../test/set-up.js';
import { turn } from './index.js';

describe('a body', () => {
  it('runs in the async context of its spawn, whoever freed its slot', async () => {
    const { supervisor } = setUp({ pendingLimit: 1 });
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const body = async (): Promise<void> => {
      seen.push(storage.getStore());
      await turn();
      seen.push(storage.getStore());
    };
    const first = new Puppet();
    storage.run('first', () => taken(supervisor.trySpawn('first', first.body)));
    storage.run('pending', () => taken(supervisor.trySpawn('pending', body)));
    const waiting = storage.run('waiting', () => supervisor.spawn('waiting', body));
    const atOnce = new Puppet();
    storage.run('somebody else', () => first.return('done'));
    await (
      await waiting
    ).settled;
    expect(seen).toEqual(['pending', 'pending', 'waiting', 'waiting']);
    storage.run('at once', () => taken(supervisor.trySpawn('at once', atOnce.body)));
    atOnce.return('done');
  });
});
