import { describe, expect, it } from '@jest/globals';
import { Puppet } from '../test/puppet.js';
import { setUp, taken } from '../test/set-up.js';
import type { OverdueKind, SupervisorOptions, TaskInfo } from './index.js';

function watched(options: Partial<SupervisorOptions> = {}): ReturnType<typeof setUp> & {
  overdue: [OverdueKind, TaskInfo][];
} {
  const overdue: [OverdueKind, TaskInfo][] = [];
  const onOverdue = (kind: OverdueKind, task: TaskInfo): void => void overdue.push([kind, task]);
  return { ...setUp({ onOverdue, ...options }), overdue };
}

describe('rule M4: the tasks decided last', () => {
  it('are shown newest first, as many as are kept', async () => {
    const { supervisor, clock } = setUp({ recentLimit: 2 });
    for (const name of ['one', 'two'])
      await taken(supervisor.trySpawn(name, async () => {})).settled;
    const bad = new Puppet();
    const task = taken(supervisor.trySpawn('three', bad.body, { key: 'three' }));
    clock.advance(5);
    bad.throw(new Error('connection refused'));
    await task.settled;
    clock.advance(7);
    expect(supervisor.inspect().recent).toEqual([
      {
        id: '3',
        name: 'three',
        key: 'three',
        scope: [],
        status: 'failed',
        stuck: false,
        message: 'connection refused',
        decidedAgoMs: 7,
        ranMs: 5,
      },
      expect.objectContaining({ name: 'two', status: 'succeeded', message: undefined }),
    ]);
  });

  it('say why they were cancelled, and that they never ran', async () => {
    const { supervisor } = setUp();
    supervisor.cancel('k', 'not needed');
    await taken(supervisor.trySpawn('early', async () => {}, { key: 'k' })).settled;
    expect(supervisor.inspect().recent).toMatchObject([
      { name: 'early', status: 'cancelled', message: 'not needed', ranMs: undefined },
    ]);
  });

  it('are not kept with a limit of 0', async () => {
    const { supervisor } = setUp({ recentLimit: 0 });
    await taken(supervisor.trySpawn('one', async () => {})).settled;
    expect(supervisor.inspect().recent).toEqual([]);
  });

  it('cut a message that is too long', async () => {
    const { supervisor } = setUp();
    const body = (): Promise<never> => Promise.reject(new Error('x'.repeat(100_000)));
    await taken(supervisor.trySpawn('one', body)).settled;
    expect(supervisor.inspect().recent[0]?.message?.length).toBeLessThanOrEqual(500);
  });
});

describe('rule M4: an overdue task is told once', () => {
  it('when it closes for too long, and when it is stuck', async () => {
    const { supervisor, clock, overdue } = watched({ closeTimeoutMs: 100, slowCloseMs: 30 });
    const puppet = new Puppet();
    const task = taken(supervisor.trySpawn('deaf', puppet.body));
    task.cancel('enough');
    await clock.advanceAsync(29);
    expect(overdue).toEqual([]);
    await clock.advanceAsync(1);
    expect(overdue).toMatchObject([['slow-close', { name: 'deaf', closingMs: 30 }]]);
    expect(supervisor.inspect()).toMatchObject({ overdue: 1, stuck: 0 });
    await clock.advanceAsync(500);
    expect(overdue.map(([kind]) => kind)).toEqual(['slow-close', 'stuck']);
    puppet.return('at last');
    await task.settled;
    expect(supervisor.inspect()).toMatchObject({ overdue: 0, stuck: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('when it goes on past a multiple of its deadline', async () => {
    const { supervisor, clock, overdue } = watched({ closeTimeoutMs: 1_000, deadlineFactor: 3 });
    const puppet = new Puppet();
    const task = taken(supervisor.trySpawn('slow', puppet.body, { runDeadlineMs: 50 }));
    await clock.advanceAsync(149);
    expect(overdue).toEqual([]);
    await clock.advanceAsync(1);
    expect(overdue).toMatchObject([['past-deadline', { name: 'slow', runningMs: 150 }]]);
    puppet.return('done');
    await task.settled;
    expect(clock.pendingTimers).toBe(0);
  });

  it('and not when it stops in time', async () => {
    const { supervisor, clock, overdue } = watched();
    const task = taken(supervisor.trySpawn('good', (context) => context.sleep(Infinity)));
    task.cancel('enough');
    await task.settled;
    await clock.advanceAsync(1_000);
    expect(overdue).toEqual([]);
  });

  it('even by a hook that throws', async () => {
    const broken = new Error('log is full');
    const { supervisor, clock, lateErrors } = setUp({
      onOverdue: () => {
        throw broken;
      },
    });
    const puppet = new Puppet();
    const task = taken(supervisor.trySpawn('deaf', puppet.body));
    task.cancel('enough');
    await clock.advanceAsync(100);
    expect(lateErrors).toEqual([broken, broken]);
    expect(await task.outcome).toMatchObject({ status: 'cancelled', stuck: true });
    puppet.return('at last');
  });

  it('and its limits must make sense', () => {
    expect(() => setUp({ deadlineFactor: 0.5 })).toThrow(RangeError);
    expect(() => setUp({ slowCloseMs: NaN })).toThrow(RangeError);
    expect(() => setUp({ recentLimit: -1 })).toThrow(RangeError);
  });
});
