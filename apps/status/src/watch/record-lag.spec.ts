import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { MetricsRegistry } from '#runtime';
import { ManualClock } from '#supervisor';
import { RecordLag } from './record-lag.js';

const NOON = 1_764_000_000_000;

describe('how far the record is behind', () => {
  let stop: AbortController;
  let clock: ManualClock;
  let registry: MetricsRegistry;
  /** The newest tick that is recorded; undefined while PostgreSQL is away. */
  let recordedMs: number | undefined;

  beforeEach(() => {
    stop = new AbortController();
    clock = new ManualClock();
    registry = new MetricsRegistry();
    recordedMs = undefined;
    const query = () =>
      recordedMs === undefined
        ? Promise.reject(new Error('PostgreSQL is away'))
        : Promise.resolve({ rows: [{ clock: recordedMs }] });
    const pool = { query } as unknown as Pick<Pool, 'query'>;
    const lag = new RecordLag(pool, registry, () => NOON + clock.now(), clock);
    lag.run(stop.signal).catch(() => undefined);
  });
  afterEach(() => stop.abort());

  async function shown(): Promise<number> {
    const [, value] = /^signalbox_record_lag_seconds (\S+)$/m.exec(await registry.metrics()) ?? [];
    return Number(value);
  }

  it('is the age of the newest recorded tick, less the second until the next', async () => {
    recordedMs = NOON - 42_000;
    await clock.advanceAsync(1_000);
    expect(await shown()).toBe(42);
    recordedMs = NOON + 1_000;
    await clock.advanceAsync(1_500);
    expect(await shown()).toBe(0);
  });

  it('grows while PostgreSQL cannot be asked', async () => {
    recordedMs = NOON;
    await clock.advanceAsync(1_000);
    expect(await shown()).toBe(0);
    recordedMs = undefined;
    await clock.advanceAsync(61_000);
    expect(await shown()).toBe(60);
  });

  it('is not a number before it is known', async () => {
    await clock.advanceAsync(5_000);
    expect(await shown()).toBeNaN();
    recordedMs = 0;
    await clock.advanceAsync(1_000);
    expect(await shown()).toBeNaN();
  });
});
