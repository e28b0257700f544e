import { describe, expect, it } from '@jest/globals';
import type { LeaseState } from '#contracts';
import { Watched } from './watched.js';

const lease = (key: string, fields: Partial<LeaseState> = {}): LeaseState => ({
  key,
  epoch: 1,
  cancelled: null,
  revoked: false,
  paused: false,
  ...fields,
});
const owning = (...leases: LeaseState[]) => ({ instanceId: 'a', leases });
const CANCELLED = { outcome: 'cancelled', code: 'cancelled', finishRunning: false } as const;

describe('S9: what an instance is told', () => {
  it('is what changed about its leases', () => {
    const watched = new Watched();
    const first = owning(lease('stream/a'), lease('stream/b'));
    expect(watched.changes(first, 0)).toEqual(first.leases);
    watched.reached(first, first.leases, 0);
    expect(watched.changes(first, 500)).toEqual([]);
    const marked = lease('stream/b', { cancelled: CANCELLED });
    expect(watched.changes(owning(lease('stream/a'), marked), 1_000)).toEqual([marked]);
  });

  it.each([{ epoch: 2 }, { revoked: true }, { paused: true }])('is %p', (change) => {
    const watched = new Watched();
    const before = owning(lease('stream/a'));
    watched.reached(before, before.leases, 0);
    const after = owning(lease('stream/a', change));
    expect(watched.changes(after, 500)).toEqual(after.leases);
  });

  it('is said again as long as it did not arrive', () => {
    const watched = new Watched();
    const instance = owning(lease('stream/a'));
    watched.missing(0);
    expect(watched.changes(instance, 500)).toEqual(instance.leases);
  });

  it('is everything once a minute', () => {
    const watched = new Watched();
    const instance = owning(lease('stream/a'), lease('stream/b'));
    watched.reached(instance, instance.leases, 0);
    expect(watched.changes(instance, 59_999)).toEqual([]);
    expect(watched.changes(instance, 60_000)).toEqual(instance.leases);
  });
});

describe('S9: an instance is to be declared gone', () => {
  it('when it is missing still after a second', () => {
    const watched = new Watched();
    expect(watched.missing(0)).toBe(true);
    expect(watched.isToBeDeclaredGone(999)).toBe(false);
    expect(watched.missing(1_000)).toBe(false);
    expect(watched.isToBeDeclaredGone(1_000)).toBe(true);
  });

  it('not when it was reached, or nothing was known of a ping, in between', () => {
    const reached = new Watched();
    reached.missing(0);
    reached.reached(owning(), [], 500);
    reached.missing(1_000);
    expect(reached.isToBeDeclaredGone(1_000)).toBe(false);
    const unknown = new Watched();
    unknown.missing(0);
    unknown.unknown();
    unknown.missing(1_000);
    expect(unknown.isToBeDeclaredGone(1_000)).toBe(false);
  });

  it('again after a second, while the record still gives it leases', () => {
    const watched = new Watched();
    watched.missing(0);
    watched.declaredGone(1_000);
    expect(watched.isToBeDeclaredGone(1_500)).toBe(false);
    expect(watched.isToBeDeclaredGone(2_000)).toBe(true);
  });
});
