import { describe, expect, it, jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { stateOf } from '../test/puppet.js';
import {
  abortable,
  DeadlineExceededError,
  Deferred,
  fullJitter,
  Gate,
  ManualClock,
  sleep,
  withTimeout,
  turn,
  onAbort,
} from './index.js';

const REASON = new Error('enough');
const LATE = new Error('too late');

function stopper(): { stop: AbortController; signal: AbortSignal; listeners: () => number } {
  const stop = new AbortController();
  const listeners = (): number => getEventListeners(stop.signal, 'abort').length;
  return { stop, signal: stop.signal, listeners };
}

describe('sleep', () => {
  it('resolves after its time, and leaves neither timer nor listener', async () => {
    const clock = new ManualClock();
    const { signal, listeners } = stopper();
    const nap = sleep(50, signal, clock);
    expect(listeners()).toBe(1);
    clock.advance(49);
    expect(await stateOf(nap)).toBe('pending');
    clock.advance(1);
    await nap;
    expect([listeners(), clock.pendingTimers]).toEqual([0, 0]);
  });

  it('rejects with the reason of its signal, and leaves neither timer nor listener', async () => {
    const clock = new ManualClock();
    const { stop, signal, listeners } = stopper();
    const nap = sleep(50, signal, clock);
    stop.abort(REASON);
    await expect(nap).rejects.toBe(REASON);
    await expect(sleep(50, signal, clock)).rejects.toBe(REASON);
    expect([listeners(), clock.pendingTimers]).toEqual([0, 0]);
  });

  it('needs no signal', async () => {
    expect(await sleep(0)).toBeUndefined();
  });
});

describe('abortable', () => {
  it('settles as its promise does, and leaves no listener', async () => {
    const { signal, listeners } = stopper();
    expect(await abortable(Promise.resolve('value'), signal)).toBe('value');
    await expect(abortable(Promise.reject(LATE), signal)).rejects.toBe(LATE);
    expect(listeners()).toBe(0);
  });

  it('rejects with the reason of its signal, and reports a later rejection of its promise', async () => {
    const onLate = jest.fn();
    const { stop, signal, listeners } = stopper();
    const loser = new Deferred();
    const wait = abortable(loser.promise, signal, onLate);
    stop.abort(REASON);
    await expect(wait).rejects.toBe(REASON);
    await expect(abortable(loser.promise, signal, onLate)).rejects.toBe(REASON);
    loser.reject(LATE);
    await turn();
    expect(onLate.mock.calls).toEqual([[LATE], [LATE]]);
    expect(listeners()).toBe(0);
  });
});

describe('withTimeout', () => {
  it('settles as its work does, and leaves neither timer nor listener', async () => {
    const clock = new ManualClock();
    const { signal, listeners } = stopper();
    expect(await withTimeout(Promise.resolve('value'), 50, { clock, signal })).toBe('value');
    expect(await withTimeout(async () => 'value', 50, { clock, signal })).toBe('value');
    await expect(withTimeout(() => Promise.reject(LATE), 50, { clock })).rejects.toBe(LATE);
    expect([listeners(), clock.pendingTimers]).toEqual([0, 0]);
  });

  it('gives up after its time, aborts the work, and reports what that throws later', async () => {
    const clock = new ManualClock();
    const onLateError = jest.fn();
    const work = new Deferred();
    let given: AbortSignal | undefined;
    const wait = withTimeout(
      (signal) => {
        given = signal;
        return work.promise;
      },
      50,
      { clock, onLateError, what: 'reading the banner' },
    );
    clock.advance(50);
    await expect(wait).rejects.toThrow(DeadlineExceededError);
    await expect(wait).rejects.toThrow('reading the banner took longer than 50 ms');
    expect(given?.reason).toBeInstanceOf(DeadlineExceededError);
    work.reject(LATE);
    await turn();
    expect(onLateError.mock.calls).toEqual([[LATE]]);
  });

  it('gives up with the reason of its signal', async () => {
    const clock = new ManualClock();
    const { stop, signal, listeners } = stopper();
    const wait = withTimeout(new Promise(() => {}), 50, { clock, signal });
    stop.abort(REASON);
    await expect(wait).rejects.toBe(REASON);
    expect([listeners(), clock.pendingTimers]).toEqual([0, 0]);
  });

  it('does not begin work for a signal that was aborted before', async () => {
    const clock = new ManualClock();
    const work = jest.fn(async () => 'never');
    const signal = AbortSignal.abort(REASON);
    await expect(withTimeout(work, 50, { clock, signal })).rejects.toBe(REASON);
    expect(work).not.toHaveBeenCalled();
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects when its work throws before it returns a promise', async () => {
    const work = (): Promise<never> => {
      throw LATE;
    };
    await expect(withTimeout(work, 50, { clock: new ManualClock() })).rejects.toBe(LATE);
  });
});

describe('a gate', () => {
  it('holds back who comes while it is closed, and lets all through when it opens', async () => {
    const { signal, listeners } = stopper();
    const gate = new Gate();
    const waits = [gate.wait(), gate.wait(signal)];
    expect(await stateOf(Promise.all(waits))).toBe('pending');
    gate.open();
    await Promise.all(waits);
    await gate.wait(signal);
    expect([gate.isOpen, listeners()]).toEqual([true, 0]);
    gate.close();
    expect(await stateOf(gate.wait())).toBe('pending');
  });

  it('lets go of who is aborted', async () => {
    const { stop, signal, listeners } = stopper();
    const gate = new Gate();
    const wait = gate.wait(signal);
    stop.abort(REASON);
    await expect(wait).rejects.toBe(REASON);
    await expect(new Gate({ open: true }).wait(signal)).rejects.toBe(REASON);
    expect(listeners()).toBe(0);
  });

  it('fails for good', async () => {
    const gate = new Gate();
    const wait = gate.wait();
    gate.fail(REASON);
    gate.fail(LATE);
    gate.open();
    await expect(wait).rejects.toBe(REASON);
    await expect(gate.wait()).rejects.toBe(REASON);
    expect(gate.isOpen).toBe(false);
  });
});

describe('full jitter', () => {
  it.each([
    [0, 0.999, 499.5],
    [1, 0.5, 500],
    [3, 0.5, 2_000],
    [7, 0.5, 30_000],
    [5_000, 0.5, 30_000],
    [4, 0, 0],
  ])('attempt %d with %d of the range waits %d ms', (attempt, share, expectedMs) => {
    const options = { baseMs: 500, capMs: 60_000, random: () => share };
    expect(fullJitter(attempt, options)).toBeCloseTo(expectedMs);
  });
});

describe('onAbort', () => {
  it('calls its listener once, at once when the abort has come, and not when it was taken back', () => {
    const stop = new AbortController();
    const calls: string[] = [];
    onAbort(stop.signal, () => calls.push('before'));
    const takeBack = onAbort(stop.signal, () => calls.push('taken back'));
    takeBack();
    stop.abort();
    onAbort(stop.signal, () => calls.push('after'));
    expect(calls).toEqual(['before', 'after']);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });
});
