import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#supervisor';
import { BlockedIndices } from './blocked-indices.js';
import { type HeldDocument, HeldMessage } from './held-message.js';

function setUp() {
  const clock = new ManualClock();
  const released: string[][] = [];
  const events: string[] = [];
  const blocked = new BlockedIndices({
    clock,
    release: (documents) => released.push(documents.map(({ document }) => document.id)),
    events: {
      blocked: (index, reason) => events.push(`${index} blocked: ${reason}`),
      unblocked: (index) => events.push(`${index} unblocked`),
    },
  });
  return { clock, released, events, blocked };
}

const ignore = (): void => undefined;
/** Longer than the longest pause between tries. */
const LONG_MS = 31_000;

function documents(index: string, ids: string): readonly HeldDocument[] {
  const all = Array.from(ids, (id) => ({ index, id, source: Buffer.from('{}') }));
  return new HeldMessage({ messageId: 'm', attempt: 1, headers: {}, documents: all }, 0).documents;
}

function park(blocked: BlockedIndices, some: readonly HeldDocument[]): void {
  for (const document of some) blocked.park(document, 'disk full');
}

describe('BlockedIndices', () => {
  it('tries one document, and releases all others once the index takes it', () => {
    const { clock, released, events, blocked } = setUp();
    park(blocked, documents('full', 'abc'));
    while (released.length === 0) clock.advance(1);
    expect(clock.now()).toBeLessThanOrEqual(1_000);
    expect(released).toEqual([['a']]);
    blocked.accepted('full');
    expect(released).toEqual([['a'], ['b', 'c']]);
    expect(events).toEqual(['full blocked: disk full', 'full unblocked']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('tries again and again while the index takes none, and says so once', () => {
    const { clock, released, events, blocked } = setUp();
    const [first] = documents('full', 'a');
    park(blocked, [first!]);
    for (let n = 1; n <= 5; n += 1) {
      clock.advance(LONG_MS);
      expect(released.length).toBeGreaterThanOrEqual(n);
      park(blocked, [first!]);
    }
    expect(events).toHaveLength(1);
  });

  it('parks new documents of a blocked index at once, and only those', () => {
    const { blocked } = setUp();
    park(blocked, documents('full', 'a'));
    const parked: string[] = [];
    const admitted = blocked.admit(
      [...documents('full', 'b'), ...documents('well', 'c')],
      ({ document }) => parked.push(document.id),
    );
    expect(admitted.map(({ document }) => document.id)).toEqual(['c']);
    expect(parked).toEqual(['b']);
  });

  it('tries the next document that comes when none is parked any more', () => {
    const { clock, released, blocked } = setUp();
    const [gone] = documents('full', 'a');
    park(blocked, [gone!]);
    gone!.message.letGo(new Error('handed over'));
    clock.advance(1_000);
    expect(released).toEqual([]);
    const admitted = blocked.admit(documents('full', 'bc'), ignore);
    expect(admitted.map(({ document }) => document.id)).toEqual(['b']);
    blocked.accepted('full');
    expect(released).toEqual([['c']]);
  });

  it('does nothing for an index that is not blocked', () => {
    const { released, events, blocked } = setUp();
    blocked.accepted('well');
    expect(released).toEqual([]);
    expect(events).toEqual([]);
  });

  it('sets no more timers once closed', () => {
    const { clock, released, blocked } = setUp();
    park(blocked, documents('full', 'a'));
    blocked.close();
    clock.advance(LONG_MS);
    expect(clock.pendingTimers).toBe(0);
    expect(released).toEqual([]);
  });
});
