import type { Logger } from '#runtime';
import { sleep, systemClock, type Clock } from '#supervisor';
import type { Pool } from 'pg';
import { AnotherDeletesError, Batches } from './batches.js';
import { recordBytes } from './record-size.js';
import type { RetentionMetrics } from './retention-metrics.js';
import { DAY_MS, sweep, sweepRecord, type Ages } from './sweep.js';
import { Tally } from './tally.js';

export interface RetentionParts {
  readonly pool: Pool;
  readonly ages: Ages;
  /** What the rows may take; 0: as much as they like. */
  readonly maxBytes: number;
  readonly metrics: Pick<RetentionMetrics, 'deleted' | 'size'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly clock?: Clock;
}

/** A status that has just started has other things to do. */
const FIRST_LOOK_MS = 60_000;

/** How often it looks whether anything is too old. */
const LOOK_EVERY_MS = 600_000;

/** Where the record is too large, ages are cut to this share, again and again. */
const SHORTER = 0.8;

/**
 * Deletes what is over and too old, in small transactions beside the writer. Where the record is still too large, what is over goes
 * younger, down to a day: the oldest first. The audit list is not shortened by that: whoever floods the mesh must not wash away his traces.
 */
export class Retention {
  private readonly batches: Batches;
  private readonly clock: Clock;
  private hasComplained = false;

  constructor(private readonly parts: RetentionParts) {
    this.batches = new Batches(parts.pool);
    this.clock = parts.clock ?? systemClock;
  }

  /** Looks a minute from now, and every ten minutes from then on, until the signal aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (let wait = FIRST_LOOK_MS; ; wait = LOOK_EVERY_MS) {
      await sleep(wait, signal, this.clock);
      try {
        await this.look(Date.now(), signal);
      } catch (error) {
        signal.throwIfAborted();
        this.parts.log.warn(
          { err: error },
          'cannot delete old records; trying again in 10 minutes',
        );
      }
    }
  }

  /**
   * Deletes what is too old at `nowMs`, and what is too much. Does less where another status is at it. Throws the signal's reason, or
   * what PostgreSQL says: what went until then is gone, the next call goes on from there.
   */
  async look(nowMs: number, signal: AbortSignal): Promise<void> {
    const { metrics, log, ages } = this.parts;
    const startedAt = performance.now();
    const tally = new Tally((table, rows) => metrics.deleted(table, rows));
    try {
      await sweep(this.batches, ages, nowMs, tally, signal);
      await this.shrink(nowMs, tally, signal);
    } catch (error) {
      if (!(error instanceof AnotherDeletesError)) throw error;
    } finally {
      if (tally.total > 0) {
        const durationMs = Math.round(performance.now() - startedAt);
        log.info({ ...tally.facts, durationMs }, 'old records deleted');
      }
    }
  }

  /** Deletes younger and younger records until they take no more than they may. */
  private async shrink(nowMs: number, tally: Tally, signal: AbortSignal): Promise<void> {
    const { maxBytes } = this.parts;
    let { recordMs, eventsMs } = this.parts.ages;
    let bytes = await this.size();
    while (maxBytes > 0 && bytes > maxBytes && recordMs > DAY_MS) {
      recordMs = Math.max(recordMs * SHORTER, DAY_MS);
      eventsMs = Math.min(eventsMs, recordMs);
      const before = tally.total;
      await sweepRecord(this.batches, { recordMs, eventsMs }, nowMs, tally, signal);
      if (tally.total > before) bytes = await this.size();
    }
    this.complainAbout(bytes, maxBytes);
  }

  private async size(): Promise<number> {
    const bytes = await recordBytes(this.parts.pool);
    this.parts.metrics.size(bytes);
    return bytes;
  }

  /** Once, until it is small enough again. */
  private complainAbout(bytes: number, maxBytes: number): void {
    const tooLarge = maxBytes > 0 && bytes > maxBytes;
    if (tooLarge && !this.hasComplained) {
      this.parts.log.warn(
        { bytes, maxBytes },
        'the record is larger than RETENTION_MAX_BYTES, and what is left is open or younger than a day: allow it more, or see what is open (signalbox show, signalbox stream list)',
      );
    }
    this.hasComplained = tooLarge;
  }
}
