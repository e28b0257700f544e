import { describe, expect, it } from '@jest/globals';
import { Deferred, turn } from '#supervisor';
import { chunkOf } from '../../testing/chunks.js';

describe('the tasks of a chunk', () => {
  it('say on which target it works, and are gone when it has ended', async () => {
    const { lease, plugin, slots, run } = chunkOf({ targets: ['a', 'b'], slots: 1 });
    const ended = run();
    await plugin.started(1);
    await turn();
    const shown = slots.supervisor.inspect().tasks.map(({ name, scope, state }) => ({
      path: [...scope, name].join(' > '),
      state,
    }));
    expect(shown).toEqual([
      { path: lease.key, state: 'running' },
      { path: `${lease.key} > attempt 1 on a`, state: 'running' },
      { path: lease.key, state: 'pending' },
    ]);
    plugin.end(0);
    await plugin.started(2);
    plugin.end(1);
    await ended;
    await turn();
    expect(slots.supervisor.inspect().tasks).toEqual([]);
  });

  it('hold the slot until what the plugin began has ended, or was given up', async () => {
    const { plugin, slots, run } = chunkOf({ timeoutMs: 5 });
    const ended = run();
    await plugin.started(1);
    const held = new Deferred();
    await plugin.runs[0]?.context.spawn('process 4711 (uname) on a', () => held.promise);
    await ended;
    const { occupied, stuck } = slots.supervisor.inspect();
    expect({ occupied, stuck }).toEqual({ occupied: 1, stuck: 3 });
    held.resolve();
    await turn();
    expect(slots.supervisor.inspect().occupied).toBe(0);
  });

  it('take turns with other executions, however many chunks those have', async () => {
    const { plugin, slots, run } = chunkOf({ targets: ['a1', 'a2'], slots: 1 });
    const ended = [run()];
    for (const target of ['a3', 'a4', 'a5']) {
      ended.push(chunkOf({ targets: [target], slots, plugin }).run());
    }
    ended.push(chunkOf({ targets: ['b'], slots, plugin, executionId: 'another' }).run());
    for (let count = 1; count <= 6; count += 1) {
      await plugin.started(count);
      plugin.end(count - 1);
    }
    await Promise.all(ended);
    expect(plugin.runs.findIndex(({ target }) => target === 'b')).toBeLessThanOrEqual(2);
  });

  it('that cannot be had end it with that error, and what runs with it', async () => {
    const { plugin, slots, run } = chunkOf({ targets: ['a', 'b'], slots: 1 });
    const ended = run();
    await plugin.started(1);
    const closed = slots.supervisor.close({ graceTimeoutMs: 10_000 });
    plugin.end(0);
    await expect(ended).rejects.toThrow('the supervisor of targets is closed');
    await closed;
  });
});
