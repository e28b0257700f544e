import { describe, expect, it } from '@jest/globals';
import { StreamStopped } from '#contracts';
import { silentLog } from '#runtime';
import { ManualClock, turn } from '#supervisor';
import { MemoryLease } from '../../testing/memory-lease.js';
import { PublishTasks } from '../publish/publish-tasks.js';
import { StreamReporter } from './stream-reporter.js';
import type { StreamStanding } from './stream-reporter.js';

function setUp() {
  const lease = new MemoryLease();
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const standing: StreamStanding = {
    state: 'streaming',
    position: { by: 'none', connection: 1, ordinal: 4 },
    counters: { documents: 4, bytes: 40, reconnects: 0, rejected: 0 },
  };
  const tasks = new PublishTasks(1, silentLog);
  const reporter = new StreamReporter({
    lease,
    tasks,
    standing: () => standing,
    onBroken: (error) => errors.push(error),
    clock,
  });
  return { lease, clock, errors, reporter, tasks };
}

const at = (connection: number) => ({ by: 'none', connection, ordinal: 0 }) as const;

describe('StreamReporter', () => {
  it('publishes in order, one event after the other', async () => {
    const { lease, reporter } = setUp();
    reporter.changed('backoff', { code: 'idle-timeout', reason: 'silence' });
    reporter.lost({ from: at(1), to: at(2) }, 'gone');
    await reporter.finish(StreamStopped, 'stopped');
    expect(lease.events).toMatchObject([
      { type: 'StreamChanged', body: { seq: 1, state: 'backoff', code: 'idle-timeout' } },
      {
        type: 'StreamGap',
        body: {
          seq: 2,
          state: 'streaming',
          code: 'position-too-old',
          lost: { from: at(1), to: at(2) },
        },
      },
      { type: 'StreamStopped', body: { seq: 3, state: 'stopped' } },
    ]);
  });

  it('holds checkpoints back to one a second, and none after the end', async () => {
    const { lease, clock, reporter } = setUp();
    const checkpoints = async (): Promise<number> => {
      await turn();
      return lease.types.filter((type) => type === 'StreamCheckpointed').length;
    };
    reporter.confirmed();
    clock.advance(0);
    reporter.confirmed();
    reporter.confirmed();
    clock.advance(999);
    expect(await checkpoints()).toBe(1);
    clock.advance(1);
    expect(await checkpoints()).toBe(2);
    reporter.confirmed();
    await reporter.finish(StreamStopped, 'stopped');
    clock.advance(5_000);
    expect(await checkpoints()).toBe(2);
  });

  it('holds a bounded number of events back while none is confirmed, and forgets no gap', async () => {
    const { lease, reporter } = setUp();
    lease.hold();
    for (let n = 1; n <= 200; n += 1) {
      reporter.changed('backoff', { reason: String(n) });
      reporter.lost({ from: at(n), to: at(n + 1) }, 'gone');
    }
    lease.confirm();
    await reporter.finish(StreamStopped, 'stopped');
    expect(lease.events.length).toBeLessThan(70);
    const lost = lease.events.flatMap(({ body }) => ('lost' in body ? [body.lost] : []));
    expect(lost[0]).toEqual({ from: at(1), to: at(2) });
    expect(lost.at(-1)).toMatchObject({ to: at(201) });
    expect(lease.events.at(-2)?.body).toMatchObject({ seq: lease.events.length - 1 });
  });

  it('gives up what is under way when it is closed', async () => {
    const { lease, reporter, tasks } = setUp();
    lease.hold();
    reporter.changed('backoff', {});
    reporter.changed('connecting', {});
    expect(tasks.inspect().tasks).toMatchObject([{ name: 'events of stream test' }]);
    const reason = new Error('the stream is let go');
    reporter.close(reason);
    await expect(reporter.finish(StreamStopped, 'stopped')).rejects.toBe(reason);
    expect(tasks.inspect().tasks).toEqual([]);
    lease.confirm();
    await turn();
    expect(lease.types).toEqual(['StreamChanged']);
  });

  it('stops at the first event that cannot be published, and says so once', async () => {
    const { lease, errors, reporter } = setUp();
    lease.lose();
    reporter.changed('streaming', {});
    await turn();
    reporter.changed('backoff', {});
    await expect(reporter.finish(StreamStopped, 'stopped')).rejects.toThrow('taken over');
    expect(errors).toHaveLength(1);
    expect(lease.events).toEqual([]);
  });
});
