import { TargetsChanged, definitionOf } from '#contracts';
import { inTrace, type Publisher } from '#broker';
import type { Logger } from '#runtime';
import { sleep, systemClock, withTimeout, type Clock } from '#supervisor';
import type { Announcement, EndedTargets } from '../record/effects.js';
import { progressOf } from '../record/executions/progress.js';
import type { WorkingSet } from '../record/working-set.js';
import type { EndedTargetsReader } from './ended-targets-reader.js';
import type { NewsMetrics } from './news-metrics.js';

/** An execution is told of at most four times a second. */
const TELL_EVERY_MS = 250;

/** How long one piece of news may take. Some of it reaches `status.record` too, which refuses what it has no room for. */
const TELL_TIMEOUT_MS = 2_000;

const MAX_WAITING = 10_000;

/**
 * What status tells those who watch, and nobody else depends on: how far executions are, and what status itself ended. Best
 * effort: it never holds up the record, it is lost with the process, and what would wait without bound is dropped and counted.
 */
export class WatcherNews {
  private readonly progress = new Map<string, Announcement>();
  private readonly waiting: (Announcement | EndedTargets)[] = [];

  constructor(
    private readonly endedTargets: Pick<EndedTargetsReader, 'page'>,
    private readonly publisher: Pick<Publisher, 'publish'>,
    private readonly metrics: Pick<NewsMetrics, 'dropped'>,
    private readonly log: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Takes what a committed batch brought; returns at once. */
  take(committed: WorkingSet): void {
    for (const [id, changed] of progressOf(committed)) this.progress.set(id, changed);
    const { announcements, endedTargets } = committed.effects;
    for (const news of [...announcements.filter(comesBack), ...endedTargets]) {
      if (this.waiting.length < MAX_WAITING) this.waiting.push(news);
      else this.metrics.dropped();
    }
  }

  /** Tells until the signal aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await sleep(TELL_EVERY_MS, signal, this.clock);
      const changed = [...this.progress.values()];
      this.progress.clear();
      await Promise.all(changed.map((one) => this.tell(one, signal)));
      for (const news of this.waiting.splice(0)) await this.tellOne(news, signal);
    }
  }

  private async tellOne(news: Announcement | EndedTargets, signal: AbortSignal): Promise<void> {
    if ('contract' in news) await this.tell(news, signal);
    else await this.tellEnded(news, signal);
  }

  private async tellEnded(ended: EndedTargets, signal: AbortSignal): Promise<void> {
    const { key, epoch, traceparent } = ended;
    let from: number | undefined = ended.first;
    try {
      for (let seq = 1; from !== undefined; seq += 1) {
        const { changes, next } = await this.endedTargets.page(ended, from);
        if (changes.length > 0) {
          const body = { key, epoch, seq, changes };
          await this.tell({ traceparent, contract: TargetsChanged, body }, signal);
        }
        from = next;
      }
    } catch (error) {
      signal.throwIfAborted();
      this.log.debug({ err: error, key }, 'cannot tell watchers which targets were ended');
    }
  }

  private async tell(
    { traceparent, contract, body }: Announcement,
    signal: AbortSignal,
  ): Promise<void> {
    const publish = (until: AbortSignal): Promise<void> =>
      inTrace(traceparent, () => this.publisher.publish(contract, body, { signal: until }));
    try {
      await withTimeout(publish, TELL_TIMEOUT_MS, { signal, clock: this.clock });
    } catch (error) {
      signal.throwIfAborted();
      this.metrics.dropped();
      this.log.debug({ err: error, type: definitionOf(contract).type }, 'cannot tell watchers');
    }
  }
}

/** News that reaches `status.record` too: its reader must not wait for it, since the queue may be full. */
export function comesBack({ contract }: Announcement): boolean {
  return definitionOf(contract).record;
}
