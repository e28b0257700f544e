import type { Logger } from '#runtime';
import { messageOf, sleep, systemClock, type Clock } from '#supervisor';
import type { FeedTable } from './feed-table.js';

/** So many entries are kept: hours of a quiet mesh, minutes of the busiest. */
const FEED_ENTRIES_KEPT = 100_000;

const TRIM_EVERY_MS = 30_000;

/** Keeps the feed short. Every status does: what one has deleted, the others find gone. */
export class FeedTrimmer {
  constructor(
    private readonly table: Pick<FeedTable, 'trim'>,
    private readonly log: Pick<Logger, 'debug'>,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Trims until the signal aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await sleep(TRIM_EVERY_MS, signal, this.clock);
      try {
        await this.table.trim(FEED_ENTRIES_KEPT);
      } catch (error) {
        this.log.debug({ reason: messageOf(error) }, 'the feed cannot be trimmed; later');
      }
    }
  }
}
