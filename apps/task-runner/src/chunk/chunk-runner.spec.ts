import { describe, expect, it } from '@jest/globals';
import { type LeaseMark, LeaseLostError } from '#contracts';
import { Deferred, turn } from '#supervisor';
import { chunkOf, finishes, ignores, stops, throws } from '../../testing/chunks.js';

const cancel: LeaseMark = { outcome: 'cancelled', code: 'cancelled', finishRunning: false };
const maxFailures: LeaseMark = { outcome: 'skipped', code: 'max-failures', finishRunning: true };

describe('a chunk', () => {
  it('starts each target once its start is confirmed, and ends when every outcome is (W5)', async () => {
    const { lease, plugin, run } = chunkOf({ targets: ['a', 'b'] });
    lease.confirm(false);
    const ended = run();
    await turn();
    expect(lease.said).toEqual(['a: started 1']);
    expect(plugin.runs).toHaveLength(0);
    lease.confirm(true);
    await plugin.started(2);
    plugin.end(0);
    plugin.end(1, { state: 'failed', code: 'exit-code', message: 'code 1' });
    await expect(ended).resolves.toEqual({ ended: 'done' });
    expect(lease.said).toEqual(['a: succeeded 1', 'b: failed 1']);
  });

  it('tries a target again after a failure, with the next number', async () => {
    const { lease, plugin, run } = chunkOf({ plan: { retries: { limit: 1, backoffMs: 1 } } });
    const ended = run();
    await plugin.started(1);
    plugin.end(0, { state: 'failed', code: 'exit-code', message: 'code 1' });
    await plugin.started(2);
    plugin.end(1);
    await ended;
    expect(lease.changes.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual([
      'started 1',
      'retrying 1',
      'started 2',
      'succeeded 2',
    ]);
  });

  it('ends an attempt whose time is up', async () => {
    const { lease, plugin, run } = chunkOf({ timeoutMs: 5 });
    const ended = run();
    await plugin.started(1);
    await ended;
    expect(lease.changes.at(-1)).toMatchObject({ state: 'timed-out', termination: 'proven' });
  });

  it('ends everything when the time of the execution is up', async () => {
    const { lease, plugin, run } = chunkOf({
      targets: ['a', 'b'],
      plan: { concurrency: 1 },
      remainingMs: 5,
    });
    const ended = run();
    await plugin.started(1);
    await ended;
    expect(lease.said).toEqual(['a: timed-out 1', 'b: timed-out 0']);
    expect(lease.changes.at(-1)?.code).toBe('execution-timeout');
  });

  it('starts nothing while paused, and goes on afterwards', async () => {
    const { lease, plugin, run } = chunkOf({ targets: ['a', 'b'], plan: { concurrency: 1 } });
    const ended = run();
    await plugin.started(1);
    lease.hear({ ...lease.marks, paused: true });
    plugin.end(0);
    await turn();
    expect(plugin.runs).toHaveLength(1);
    lease.hear({ ...lease.marks, paused: false });
    await plugin.started(2);
    plugin.end(1);
    await ended;
  });

  it('in doubt starts nothing, while what runs goes on and its outcome waits (W7)', async () => {
    const { lease, plugin, run } = chunkOf({ targets: ['a', 'b', 'c'], plan: { concurrency: 2 } });
    const ended = run();
    await plugin.started(2);
    lease.suspend(true);
    plugin.end(0);
    await turn();
    expect(plugin.runs.map(({ target }) => target)).toEqual(['a', 'b']);
    expect(plugin.runs[1]?.context.signal.aborted).toBe(false);
    expect(lease.said).toEqual(['a: succeeded 1', 'b: started 1']);
    lease.suspend(false);
    await plugin.started(3);
    plugin.end(1);
    plugin.end(2);
    await expect(ended).resolves.toEqual({ ended: 'done' });
    expect(lease.said).toEqual(['a: succeeded 1', 'b: succeeded 1', 'c: succeeded 1']);
  });

  it('in doubt does not start a target either whose start is not confirmed (W7)', async () => {
    const { lease, plugin, run } = chunkOf({});
    lease.confirm(false);
    const ended = run();
    await turn();
    lease.suspend(true);
    await turn();
    expect(plugin.runs).toHaveLength(0);
    lease.suspend(false);
    await plugin.started(1);
    plugin.end(0);
    await ended;
  });

  it('takes turns with others for the slots', async () => {
    const large = chunkOf({ targets: ['a', 'b', 'c', 'd'], slots: 1 });
    const small = chunkOf({ targets: ['z'], slots: large.slots, plugin: large.plugin });
    const ended = [large.run(), small.run()];
    for (let i = 0; i < 5; i++) {
      await large.plugin.started(i + 1);
      large.plugin.end(i);
    }
    await Promise.all(ended);
    expect(large.plugin.runs.map(({ target }) => target).indexOf('z')).toBeLessThanOrEqual(2);
  });
});

describe('a cancel', () => {
  it('before the chunk begins starts nothing', async () => {
    const { lease, plugin, run } = chunkOf({ targets: ['a', 'b'] });
    lease.mark(cancel);
    await expect(run()).resolves.toEqual({ ended: 'done' });
    expect(plugin.runs).toHaveLength(0);
    expect(lease.said).toEqual(['a: cancelled 0', 'b: cancelled 0']);
  });

  it('while the target waits for a slot begins no attempt', async () => {
    const { lease, plugin, slots, run } = chunkOf({ slots: 1 });
    const occupied = new Deferred();
    await slots.supervisor.spawn('other', () => occupied.promise);
    const ended = run();
    await turn();
    lease.mark(cancel);
    await ended;
    expect(plugin.runs).toHaveLength(0);
    expect(lease.said).toEqual(['a: cancelled 0']);
    occupied.resolve();
  });

  it('while the start is not confirmed does not run the plugin', async () => {
    const { lease, plugin, run } = chunkOf({});
    lease.confirm(false);
    const ended = run();
    await turn();
    lease.mark(cancel);
    await turn();
    lease.confirm(true);
    await ended;
    expect(plugin.runs).toHaveLength(0);
    expect(lease.said).toEqual(['a: cancelled 1']);
  });

  it('between two attempts makes no further one', async () => {
    const { lease, plugin, run } = chunkOf({ plan: { retries: { limit: 1, backoffMs: 600_000 } } });
    const ended = run();
    await plugin.started(1);
    plugin.end(0, { state: 'failed', code: 'exit-code', message: 'code 1' });
    while (lease.changes.at(-1)?.state !== 'retrying') await turn();
    lease.mark(cancel);
    await ended;
    expect(lease.said).toEqual(['a: cancelled 1']);
  });

  it.each([
    ['stops', stops, 'cancelled', 'proven'],
    ['throws', throws, 'cancelled', undefined],
    ['finishes all the same', finishes, 'succeeded', undefined],
    ['does not react', ignores, 'cancelled', 'unknown'],
  ])('while the plugin runs, when it %s', async (_how, react, state, termination) => {
    const { lease, plugin, run } = chunkOf({ react });
    const ended = run();
    await plugin.started(1);
    lease.mark(cancel);
    await ended;
    const last = lease.changes.at(-1);
    expect([last?.state, last?.termination]).toEqual([state, termination]);
    plugin.end(0);
  });

  it('after too many failures ends what those had let finish', async () => {
    const { lease, plugin, run } = chunkOf({ targets: ['a', 'b'], plan: { concurrency: 1 } });
    const ended = run();
    await plugin.started(1);
    lease.mark(maxFailures);
    await turn();
    expect(plugin.runs[0]?.context.signal.aborted).toBe(false);
    lease.mark(cancel);
    await ended;
    expect(lease.said).toEqual(['a: cancelled 1', 'b: skipped 0']);
  });
});

describe('too many failures', () => {
  it('let what runs finish and skip the rest, also while the chunk waits for a slot', async () => {
    const { lease, plugin, run } = chunkOf({ targets: ['a', 'b'], slots: 1 });
    const ended = run();
    await plugin.started(1);
    await turn();
    lease.mark(maxFailures);
    plugin.end(0);
    await ended;
    expect(lease.said).toEqual(['a: succeeded 1', 'b: skipped 0']);
  });
});

describe('a lost lease', () => {
  it.each([
    ['stops', stops],
    ['does not react', ignores],
  ])('ends what runs and says nothing of it, when the plugin %s', async (_how, react) => {
    const { lease, plugin, run } = chunkOf({
      targets: ['a', 'b'],
      plan: { concurrency: 1 },
      react,
    });
    const ended = run();
    await plugin.started(1);
    lease.lose();
    await expect(ended).rejects.toBeInstanceOf(LeaseLostError);
    expect(plugin.runs[0]?.context.signal.aborted).toBe(true);
    expect(lease.said).toEqual(['a: started 1']);
    plugin.end(0);
  });

  it('ends a chunk whose start is not confirmed', async () => {
    const { lease, plugin, run } = chunkOf({});
    lease.confirm(false);
    const ended = run();
    await turn();
    lease.lose();
    await expect(ended).rejects.toBeInstanceOf(LeaseLostError);
    expect(plugin.runs).toHaveLength(0);
  });

  it('is an end also when it was lost before the chunk began', async () => {
    const { lease, run } = chunkOf({});
    lease.lose();
    await expect(run()).rejects.toBeInstanceOf(LeaseLostError);
  });
});

describe('W9: a drain', () => {
  it('lets what runs finish and gives back the rest', async () => {
    const { lease, plugin, runner, run } = chunkOf({
      targets: ['a', 'b'],
      plan: { concurrency: 1 },
    });
    const ended = run();
    await plugin.started(1);
    runner.drain();
    plugin.end(0);
    await expect(ended).resolves.toEqual({ ended: 'drained', interrupted: [] });
    expect(lease.said).toEqual(['a: succeeded 1']);
  });

  it('names what it interrupts', async () => {
    const { plugin, runner, run } = chunkOf({ targets: ['a', 'b'], plan: { concurrency: 1 } });
    const ended = run();
    await plugin.started(1);
    runner.interrupt();
    await expect(ended).resolves.toEqual({ ended: 'drained', interrupted: ['a'] });
  });
});
