import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '#supervisor';
import { AckGroup } from './ack-group.js';

/** What a broker knows of one channel; it closes a channel that acknowledges what is not unsettled. */
class BrokerSide {
  readonly unsettled = new Set<number>();
  readonly acknowledged: number[] = [];
  frames = 0;
  private delivered = 0;

  deliver(): number {
    this.delivered += 1;
    this.unsettled.add(this.delivered);
    return this.delivered;
  }

  ack(tag: number, multiple: boolean): void {
    if (!this.unsettled.has(tag)) throw new Error(`unknown delivery tag ${tag}`);
    this.frames += 1;
    for (const one of this.unsettled) {
      if (one !== tag && !(multiple && one < tag)) continue;
      this.unsettled.delete(one);
      this.acknowledged.push(one);
    }
  }
}

describe('the acknowledgements of a channel', () => {
  function channel(prefetch = 100): { broker: BrokerSide; acks: AckGroup; clock: ManualClock } {
    const [broker, clock] = [new BrokerSide(), new ManualClock()];
    const acks = new AckGroup((tag, multiple) => broker.ack(tag, multiple), clock);
    acks.prefetch = prefetch;
    return { broker, acks, clock };
  }

  function deliver({ broker, acks }: ReturnType<typeof channel>, count: number): void {
    for (let n = 0; n < count; n += 1) acks.deliver(broker.deliver());
  }

  it('go together, in one frame', () => {
    const all = channel();
    deliver(all, 20);
    for (const tag of [3, 1, 2, 5, 4]) all.acks.finish(tag);
    all.acks.flush();
    expect(all.broker).toMatchObject({ acknowledged: [1, 2, 3, 4, 5], frames: 1 });
    expect(all.clock.pendingTimers).toBe(0);
  });

  it('reach up to the first that is not finished, and go on behind it when it is', () => {
    const all = channel();
    deliver(all, 10);
    for (const tag of [1, 2, 4, 5]) all.acks.finish(tag);
    all.acks.flush();
    expect(all.broker.acknowledged).toEqual([1, 2]);
    all.acks.finish(3);
    all.acks.flush();
    expect(all.broker).toMatchObject({ acknowledged: [1, 2, 3, 4, 5], frames: 2 });
    expect(all.clock.pendingTimers).toBe(0);
  });

  it('go one by one when a hole has blocked for over a second, and no longer wait behind it', () => {
    const all = channel();
    deliver(all, 10);
    all.acks.finish(2);
    all.acks.flush();
    all.clock.advance(999);
    expect(all.broker.acknowledged).toEqual([]);
    all.clock.advance(1);
    expect(all.broker.acknowledged).toEqual([2]);
    all.acks.finish(4);
    all.acks.flush();
    expect(all.broker.acknowledged).toEqual([2, 4]);
    expect(all.clock.pendingTimers).toBe(0);
  });

  it('wait a second behind each hole, not behind the sum of them', () => {
    const all = channel();
    deliver(all, 10);
    all.acks.finish(2);
    all.acks.flush();
    all.clock.advance(900);
    for (const tag of [1, 4]) all.acks.finish(tag);
    all.acks.flush();
    expect(all.broker.acknowledged).toEqual([1, 2]);
    all.clock.advance(999);
    expect(all.broker.acknowledged).toEqual([1, 2]);
    all.clock.advance(1_000);
    expect(all.broker.acknowledged).toEqual([1, 2, 4]);
  });

  it('do not wait for the end of the turn when half of the prefetch is finished, hole or not', () => {
    const all = channel(8);
    deliver(all, 8);
    for (const tag of [1, 2, 3, 4]) all.acks.finish(tag);
    expect(all.broker.acknowledged).toEqual([1, 2, 3, 4]);
    deliver(all, 4);
    for (const tag of [6, 7, 8, 9]) all.acks.finish(tag);
    expect(all.broker.acknowledged).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
  });

  it('are not held up by what was given back', () => {
    const all = channel();
    deliver(all, 3);
    all.acks.finish(2);
    all.broker.unsettled.delete(1);
    all.acks.giveBack(1);
    all.acks.flush();
    expect(all.broker.acknowledged).toEqual([2]);
  });

  it('are all sent by closing, and none after', () => {
    const all = channel();
    deliver(all, 4);
    for (const tag of [1, 3]) all.acks.finish(tag);
    all.acks.close();
    all.acks.finish(2);
    all.acks.flush();
    expect(all.broker.acknowledged).toEqual([1, 3]);
    expect(all.clock.pendingTimers).toBe(0);
  });

  it('never reach what is unfinished, and reach all that is finished in the end, in whatever order it ends', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('deliver' as const) },
      { weight: 4, arbitrary: fc.nat().map((pick) => ({ finish: pick })) },
      { weight: 1, arbitrary: fc.nat().map((pick) => ({ giveBack: pick })) },
      { weight: 2, arbitrary: fc.constant('flush' as const) },
      { weight: 1, arbitrary: fc.nat(2_500).map((ms) => ({ ms })) },
    );
    const prefetch = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(prefetch, fc.array(step, { maxLength: 200 }), (limit, steps) => {
        const all = channel(limit);
        const { broker, acks, clock } = all;
        const [open, finished] = [new Set<number>(), new Set<number>()];
        const take = (pick: number): number | undefined => {
          const tag = [...open][pick % Math.max(1, open.size)];
          if (tag !== undefined) open.delete(tag);
          return tag;
        };
        for (const next of steps) {
          if (next === 'flush') acks.flush();
          else if (next === 'deliver') {
            // The broker delivers no more than the prefetch.
            if (broker.unsettled.size === limit) continue;
            const tag = broker.deliver();
            open.add(tag);
            acks.deliver(tag);
          } else if ('ms' in next) clock.advance(next.ms);
          else if ('finish' in next) {
            const tag = take(next.finish);
            if (tag === undefined) continue;
            finished.add(tag);
            acks.finish(tag);
          } else {
            const tag = take(next.giveBack);
            if (tag === undefined) continue;
            broker.unsettled.delete(tag);
            acks.giveBack(tag);
          }
          for (const tag of broker.acknowledged) expect(finished).toContain(tag);
          // Whatever is open, some of the prefetch is left to work with.
          expect(finished.size - broker.acknowledged.length).toBeLessThan(Math.max(2, limit));
        }
        acks.flush();
        clock.advance(2_000);
        expect(broker.acknowledged.toSorted((a, b) => a - b)).toEqual(
          [...finished].toSorted((a, b) => a - b),
        );
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});
