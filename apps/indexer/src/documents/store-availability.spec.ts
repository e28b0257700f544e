import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock, Supervisor } from '#supervisor';
import { ScriptedStore } from '../../testing/scripted-store.js';
import { StoreAvailability } from './store-availability.js';

const GIVE_UP_MS = 30_000;
/** Longer than the longest pause between probes. */
const LONG_MS = 5_001;
const { signal } = new AbortController();

let clock: ManualClock;
let store: ScriptedStore;
let heard: string[];
let supervisor: Supervisor;
let availability: StoreAvailability;

beforeEach(() => {
  clock = new ManualClock();
  store = new ScriptedStore();
  heard = [];
  supervisor = new Supervisor({ name: 'test', limit: 1, clock });
  availability = new StoreAvailability({
    store,
    clock,
    giveUpMs: GIVE_UP_MS,
    onGivenUp: (error) => heard.push(`given up: ${error.message}`),
    onRecovered: () => heard.push('recovered'),
  });
  supervisor.trySpawn('watch', (context) => availability.watch(context));
});

afterEach(async () => supervisor.close());

describe('StoreAvailability', () => {
  it('is up until a bulk is lost, and again once a probe succeeds', async () => {
    expect(availability.trouble()).toBeUndefined();
    availability.lost('connection reset');
    expect(availability.trouble()).toBe('connection reset');
    await clock.advanceAsync(LONG_MS);
    expect(availability.trouble()).toBeUndefined();
    await availability.whenUp(signal);
    expect(heard).toEqual([]);
  });

  it('is up again at once when another bulk goes through', async () => {
    store.outage = 'unknown';
    availability.lost('connection reset');
    availability.proven();
    await availability.whenUp(signal);
    await clock.advanceAsync(2 * GIVE_UP_MS);
    expect(heard).toEqual([]);
  });

  it('notices an outage that begins while it waits to probe because of the one before', async () => {
    store.outage = 'unknown';
    availability.lost('first');
    await clock.advanceAsync(0);
    availability.proven();
    availability.lost('second');
    await clock.advanceAsync(LONG_MS);
    expect(store.probes).toBeGreaterThan(0);
    store.outage = undefined;
    await clock.advanceAsync(LONG_MS);
    expect(availability.trouble()).toBeUndefined();
  });

  it('gives up after its time, once, and probes no more by itself', async () => {
    store.outage = 'unknown';
    availability.lost('connection reset');
    await clock.advanceAsync(GIVE_UP_MS);
    expect(heard).toEqual(['given up: still down']);
    expect(() => availability.checkNotGivenUp()).toThrow('still down');
    const { probes } = store;
    await clock.advanceAsync(GIVE_UP_MS);
    expect(store.probes).toBe(probes);
    expect(heard).toHaveLength(1);
  });

  it('says that it recovered when a bulk went through, not when a probe did', async () => {
    store.outage = 'unknown';
    availability.lost('connection reset');
    await clock.advanceAsync(GIVE_UP_MS);
    store.outage = undefined;
    await availability.probe(signal);
    expect(() => availability.checkNotGivenUp()).not.toThrow();
    expect(heard).toHaveLength(1);
    availability.proven();
    expect(heard).toEqual(['given up: still down', 'recovered']);
  });

  it('gives up a store too that answers probes and loses bulks', async () => {
    for (let n = 0; n < 100 && heard.length === 0; n += 1) {
      availability.lost('timeout');
      await clock.advanceAsync(LONG_MS);
    }
    expect(heard).toEqual(['given up: timeout']);
  });
});
