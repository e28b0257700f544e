import { beforeEach, describe, expect, it } from '@jest/globals';
import { Deferred, ManualClock, SpawnRefusedError } from '#supervisor';
import { silentLog } from '../logging/silent-log.js';
import { Loops } from './loops.js';

let clock: ManualClock;
let errors: object[];
let loops: Loops;

beforeEach(() => {
  clock = new ManualClock();
  errors = [];
  const error = (facts: object | string): void => void errors.push(Object(facts) as object);
  const log = { error, warn: silentLog.warn };
  loops = new Loops({ name: 'test', limit: 2, log, clock });
});

describe('loops', () => {
  it('go on until they are closed, and that is no trouble', async () => {
    loops.start('tick', (context) => context.sleep(Infinity));
    await clock.advanceAsync(60_000);
    expect(loops.supervisor.inspect().tasks).toMatchObject([{ name: 'tick', state: 'running' }]);
    expect(await loops.close()).toMatchObject({ cancelled: 1, stuck: [] });
    expect(loops.trouble()).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it('never fail unnoticed: the first one to fail is the trouble, each is logged', async () => {
    const [first, second] = [new Error('first'), new Error('second')];
    loops.start('tick', () => Promise.reject(first));
    loops.start('look', () => Promise.reject(second));
    await clock.advanceAsync(0);
    expect(loops.trouble()).toBe('"tick" failed, restart the service: first');
    expect(errors).toEqual([
      { supervisor: 'test', task: 'tick', err: first },
      { supervisor: 'test', task: 'look', err: second },
    ]);
  });

  it('end with the signal they were started with', async () => {
    const stop = new AbortController();
    loops.start('tick', (context) => context.sleep(Infinity), stop.signal);
    stop.abort(new Error('enough'));
    await clock.advanceAsync(0);
    expect(loops.supervisor.inspect().tasks).toEqual([]);
    expect(loops.trouble()).toBeUndefined();
  });

  it('leave one behind that does not stop, by name and in time', async () => {
    loops.start('deaf', () => new Deferred().promise);
    const closed = loops.close();
    await clock.advanceAsync(2_000);
    expect(await closed).toMatchObject({ stuck: [{ name: 'deaf' }] });
  });

  it('are not started after the end, nor beyond the limit', async () => {
    for (const name of ['a', 'b']) loops.start(name, (context) => context.sleep(Infinity));
    expect(() => loops.start('c', () => Promise.resolve())).toThrow(SpawnRefusedError);
    await loops.close();
    expect(() => loops.start('d', () => Promise.resolve())).toThrow(SpawnRefusedError);
  });
});
