import { InvalidMessageError, definitionOf } from '#contracts';
import { UnroutableError, inTrace, type Publisher } from '#broker';
import type { Logger } from '#runtime';
import type { OfferDispatcher } from '../offers/offer-dispatcher.js';
import type { Announcement, Reply } from '../record/effects.js';
import type { WorkingSet } from '../record/working-set.js';
import { comesBack, type WatcherNews } from './watcher-news.js';

/**
 * Sends what a committed batch owes to the outside. Answers and endings of executions are confirmed before the batch is acknowledged, so a
 * crash in between repeats them; offers follow from what is due in the record, news for watchers is best effort.
 */
export class OutsideTeller {
  constructor(
    private readonly publisher: Pick<Publisher, 'publish'>,
    private readonly dispatcher: Pick<OfferDispatcher, 'wake'>,
    private readonly news: Pick<WatcherNews, 'take'>,
    private readonly log: Logger,
  ) {}

  /** Resolves once the broker has everything that is owed. */
  async tell(committed: WorkingSet): Promise<void> {
    const { replies, announcements, due } = committed.effects;
    if (due) this.dispatcher.wake();
    this.news.take(committed);
    await Promise.all([
      ...replies.map((reply) => this.answer(reply)),
      ...announcements
        .filter((announcement) => !comesBack(announcement))
        .map((announcement) => this.announce(announcement)),
    ]);
  }

  private async answer(reply: Reply): Promise<void> {
    const { address, correlationId, traceparent, contract, body } = reply;
    const publish = () => this.publisher.publish(contract, body, { address, correlationId });
    try {
      await inTrace(traceparent, publish);
    } catch (error) {
      // Whoever asked is gone: its answer is forgotten.
      if (error instanceof UnroutableError) return;
      this.giveUp(error, contract);
    }
  }

  private async announce({ traceparent, contract, body }: Announcement): Promise<void> {
    try {
      await inTrace(traceparent, () => this.publisher.publish(contract, body));
    } catch (error) {
      this.giveUp(error, contract);
    }
  }

  /** A message that cannot be sent at all would hold up the record for ever; all else is thrown. */
  private giveUp(error: unknown, contract: Reply['contract']): void {
    if (!(error instanceof InvalidMessageError)) throw error;
    this.log.error({ err: error, type: definitionOf(contract).type }, 'message cannot be sent');
  }
}
