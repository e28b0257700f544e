import { StatusTick } from '#contracts';
import { unsampled, type Publisher } from '#broker';
import type { Logger } from '#runtime';
import { sleep, withTimeout } from '#supervisor';

/** So long a record that is up to date knows of no tick. */
export const TICK_EVERY_MS = 1_000;

/**
 * Carries time into the record, once a second from every status that consumes: deadlines follow from it, and whoever receives
 * ticks knows to be the active reader.
 */
export class Ticker {
  constructor(
    private readonly publisher: Pick<Publisher, 'publish'>,
    private readonly processId: string,
    private readonly log: Logger,
  ) {}

  /** Ticks until the signal aborts; rejects with its reason. A tick that cannot be published is dropped: the next one says more. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await sleep(TICK_EVERY_MS, signal);
      const tick = { processId: this.processId, at: Date.now() };
      const publish = (until: AbortSignal): Promise<void> =>
        unsampled(() => this.publisher.publish(StatusTick, tick, { signal: until }));
      try {
        await withTimeout(publish, TICK_EVERY_MS, { signal });
      } catch (error) {
        signal.throwIfAborted();
        this.log.debug({ err: error }, 'tick dropped');
      }
    }
  }
}
