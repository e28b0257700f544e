import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deepStrictEqual as deepEqual } from 'node:assert';
import { type Timer, ManualClock } from './index.js';
import { TimerHeap } from './timer-heap.js';

describe('the timer heap', () => {
  it('M1 sets at most one timer on the clock beneath, and none at rest', () => {
    const clock = new ManualClock();
    const heap = new TimerHeap(clock);
    const timers = [30, 10, 20].map((ms) => heap.setTimer(ms, () => {}));
    expect(clock.pendingTimers).toBe(1);
    timers.forEach((timer) => timer.cancel());
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes on after a callback that throws', () => {
    const clock = new ManualClock();
    const heap = new TimerHeap(clock);
    const fired: number[] = [];
    heap.setTimer(10, () => {
      throw new Error('broken');
    });
    heap.setTimer(10, () => void fired.push(10));
    heap.setTimer(20, () => void fired.push(20));
    expect(() => clock.advance(10)).toThrow('broken');
    clock.advance(20);
    expect(fired).toEqual([10, 20]);
  });

  it('fires exactly what was set and not cancelled, in order of time, then of setting', () => {
    const set = fc.record({ set: fc.nat(500) });
    const cancel = fc.record({ cancel: fc.nat(100) });
    const advance = fc.record({ advance: fc.nat(100) });
    const step = fc.oneof(
      { weight: 12, arbitrary: set },
      { weight: 5, arbitrary: cancel },
      { weight: 1, arbitrary: advance },
    );
    const steps = fc.array(step, { maxLength: 100, size: 'max' });
    const order = fc.property(steps, (some) => {
      const clock = new ManualClock();
      const heap = new TimerHeap(clock);
      const timers: Timer[] = [];
      const fired: number[] = [];
      const due: number[] = [];
      let waiting: { id: number; atMs: number }[] = [];
      for (const one of [...some, { advance: 1_000 }]) {
        if ('set' in one) {
          const id = timers.length;
          timers.push(heap.setTimer(one.set, () => void fired.push(id)));
          waiting.push({ id, atMs: clock.now() + one.set });
        } else if ('cancel' in one) {
          const id = one.cancel % Math.max(1, timers.length);
          timers[id]?.cancel();
          waiting = waiting.filter((entry) => entry.id !== id);
        } else {
          clock.advance(one.advance);
          const past = waiting.filter(({ atMs }) => atMs <= clock.now());
          due.push(...past.sort((a, b) => a.atMs - b.atMs || a.id - b.id).map(({ id }) => id));
          waiting = waiting.filter(({ atMs }) => atMs > clock.now());
        }
        deepEqual(fired, due);
        deepEqual(clock.pendingTimers, Math.min(1, waiting.length));
      }
    });
    expect(() => fc.assert(order, { numRuns: 500 })).not.toThrow();
  });
});
