import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ManualClock, systemClock } from './index.js';

const MONTH_MS = 30 * 24 * 3_600_000;

describe('the system clock', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('M1 serves delays longer than Node can count, in time and once', () => {
    const fire = jest.fn();
    systemClock.setTimer(MONTH_MS, fire);
    jest.advanceTimersByTime(MONTH_MS - 1);
    expect(fire).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('cancels a long delay in any of its parts', () => {
    const fire = jest.fn();
    const timer = systemClock.setTimer(MONTH_MS, fire);
    jest.advanceTimersByTime(MONTH_MS - 1);
    timer.cancel();
    timer.cancel();
    jest.advanceTimersByTime(MONTH_MS);
    expect(fire).not.toHaveBeenCalled();
  });

  it('takes what is past for as soon as possible, infinity for never, and refuses NaN', () => {
    const [past, never] = [jest.fn(), jest.fn()];
    systemClock.setTimer(-5, past);
    systemClock.setTimer(Infinity, never).cancel();
    expect(past).not.toHaveBeenCalled();
    jest.runAllTimers();
    expect(past).toHaveBeenCalledTimes(1);
    expect(never).not.toHaveBeenCalled();
    expect(() => systemClock.setTimer(Number.NaN, past)).toThrow(RangeError);
  });
});

describe('a manual clock', () => {
  it('fires what falls due in order, each at its own time, and what those set', () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    const note = (what: string) => (): void => void fired.push(`${what} at ${clock.now()}`);
    clock.setTimer(20, note('second'));
    clock.setTimer(10, () => {
      note('first')();
      clock.setTimer(15, note('set by the first'));
    });
    clock.setTimer(20, note('third'));
    clock.setTimer(31, note('too late'));
    clock.setTimer(5, note('cancelled')).cancel();
    clock.advance(30);
    expect(fired).toEqual(['first at 10', 'second at 20', 'third at 20', 'set by the first at 25']);
    expect([clock.now(), clock.pendingTimers]).toEqual([30, 1]);
  });

  it('lets promise reactions run between the timers when it advances asynchronously', async () => {
    const clock = new ManualClock();
    const times: number[] = [];
    const tick = async (): Promise<void> => {
      for (let n = 0; n < 3; n += 1) {
        await new Promise<void>((resolve) => void clock.setTimer(10, resolve));
        times.push(clock.now());
      }
    };
    const ticking = tick();
    await clock.advanceAsync(35);
    await ticking;
    expect(times).toEqual([10, 20, 30]);
  });
});
