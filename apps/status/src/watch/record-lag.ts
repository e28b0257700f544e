import type { MetricsRegistry } from '#runtime';
import { sleep, systemClock, type Clock } from '#supervisor';
import type { Pool } from 'pg';
import { Gauge } from 'prom-client';
import { TICK_EVERY_MS } from './ticker.js';

/**
 * How far the record is behind what is published: the age of the newest tick that is recorded, less the second until the next. Ticks go
 * through the queue behind all that was published before them. Every status knows it, whoever writes; while PostgreSQL is away, the last
 * tick that was seen grows old.
 */
export class RecordLag {
  /** NaN before the first tick. */
  private lagMs = NaN;
  private lookedAtMs = 0;

  constructor(
    private readonly pool: Pick<Pool, 'query'>,
    registry: MetricsRegistry,
    private readonly now: () => number = Date.now,
    private readonly clock: Clock = systemClock,
  ) {
    const seconds = (): number => this.seconds;
    new Gauge({
      name: 'signalbox_record_lag_seconds',
      help: 'How far the record is behind what is published: the age of the newest recorded tick, less the second until the next. NaN: not known yet.',
      registers: [registry],
      collect() {
        this.set(seconds());
      },
    });
  }

  /** Looks every second until the signal aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.look(signal);
      await sleep(TICK_EVERY_MS, signal, this.clock);
    }
  }

  /** As it was at the last look; from when the next is overdue, it grows. */
  private get seconds(): number {
    const overdueMs = Math.max(0, this.now() - this.lookedAtMs - TICK_EVERY_MS);
    return (this.lagMs + overdueMs) / 1_000;
  }

  private async look(signal: AbortSignal): Promise<void> {
    try {
      const { rows } = await this.pool.query<{ clock: number }>('select clock from writer');
      const { clock = 0 } = rows[0] ?? {};
      this.lookedAtMs = this.now();
      this.lagMs = clock === 0 ? NaN : lagOf(this.lookedAtMs - clock);
    } catch {
      // Others say that PostgreSQL is away; here the time goes on.
      signal.throwIfAborted();
    }
  }
}

/** How far a record is behind whose newest tick is so old: no further than it has to be until the next one comes. */
export function lagOf(tickAgeMs: number): number {
  return Math.max(0, tickAgeMs - TICK_EVERY_MS);
}
