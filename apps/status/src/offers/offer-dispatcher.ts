import { WorkOffered } from '#contracts';
import { UnroutableError, inTrace, type Publisher } from '#broker';
import type { Logger } from '#runtime';
import { Gate, sleep, systemClock, withTimeout, type Clock, messageOf } from '#supervisor';
import type { DueOffer, DueOffers } from './due-offers.js';

/** How many offers are under way at once. */
const AT_ONCE = 200;

/** A look without being woken: for what another status made due, and for what one left behind that died. */
const LOOK_EVERY_MS = 1_000;

/** A trouble that did not show again for so long is over: what could not be offered was, or it is not due any more. */
const TROUBLE_LASTS_MS = 10_000;

/**
 * S3: offers what is due on the work queue of its service, and clears `due` once the broker has the offer. Woken by every commit that
 * made something due. Every status dispatches, whoever writes.
 */
export class OfferDispatcher {
  private readonly woken = new Gate({ open: true });
  private problem: string | undefined;
  private problemAtMs = -Infinity;

  constructor(
    private readonly due: Pick<DueOffers, 'take' | 'offered'>,
    private readonly publisher: Pick<Publisher, 'publish'>,
    private readonly log: Logger,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Something has become due. */
  wake(): void {
    this.woken.open();
  }

  /** Undefined while offers find their queues, else the reason: an offer that does not is tried every five seconds. */
  trouble(): string | undefined {
    return this.clock.now() - this.problemAtMs < TROUBLE_LASTS_MS ? this.problem : undefined;
  }

  /** Dispatches until the signal aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await withTimeout((stop) => this.woken.wait(stop), LOOK_EVERY_MS, {
        signal,
        clock: this.clock,
      }).catch(() => signal.throwIfAborted());
      this.woken.close();
      try {
        while ((await this.dispatch(signal)) === AT_ONCE);
      } catch (error) {
        signal.throwIfAborted();
        this.complain(error);
        this.woken.open();
        await sleep(LOOK_EVERY_MS, signal, this.clock);
      }
    }
  }

  /** Offers what is due now, at most `AT_ONCE`; returns how much that was. */
  private async dispatch(signal: AbortSignal): Promise<number> {
    const offers = await this.due.take(AT_ONCE);
    if (offers.length === 0) return 0;
    const refusals = await Promise.all(offers.map((offer) => this.offer(offer, signal)));
    const sent = offers.filter((_, at) => refusals[at] === undefined);
    if (sent.length > 0) await this.due.offered(sent);
    const refusal = refusals.find((error) => error !== undefined);
    if (refusal) this.complain(refusal);
    else this.problem = undefined;
    return offers.length;
  }

  /** Publishes one offer; returns why it found no queue, if it did not: then it stays due, and is offered again in five seconds. */
  private async offer(
    { key, epoch, traceparent }: DueOffer,
    signal: AbortSignal,
  ): Promise<UnroutableError | undefined> {
    const publish = () => this.publisher.publish(WorkOffered, { key, epoch }, { signal });
    try {
      await inTrace(traceparent, publish);
      return undefined;
    } catch (error) {
      if (error instanceof UnroutableError) return error;
      throw error;
    }
  }

  private complain(error: unknown): void {
    const reason = messageOf(error);
    if (this.trouble() !== reason) {
      this.log.warn({ err: error }, 'cannot offer due work; trying again');
    }
    this.problem = reason;
    this.problemAtMs = this.clock.now();
  }
}
