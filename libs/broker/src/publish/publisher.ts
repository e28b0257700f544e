import { IndexDocuments, type Contract, type IndexDocument } from '#contracts';
import { abortable, fullJitter, sleep } from '#supervisor';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import type { BrokerChannel } from '../connection/broker-channel.js';
import { composeMessage, type MessageOptions, type OutgoingMessage } from './outgoing-message.js';
import { UnroutableError } from './publish-errors.js';
import { PublishWindow } from './publish-window.js';

export interface PublishOptions extends MessageOptions {
  /** Gives up when it aborts: throws its reason. Whether the broker has the message is then unknown. */
  readonly signal?: AbortSignal;
}

/** Where the publisher gets its channel: waits for the connection, and for an alarm of the broker to end. */
export interface ChannelSource {
  channel(signal?: AbortSignal): Promise<BrokerChannel>;
  whenUnblocked(signal?: AbortSignal): Promise<void>;
}

const WINDOW = { messages: 1_000, bytes: 16 * 1024 * 1024 };
const BACKOFF = { baseMs: 100, capMs: 5_000 };

/**
 * Publishes with the broker's confirm. A promise that fulfils means: the broker has it, on disk where it is
 * persistent, in every queue it was routed to. What is unknown (a refusal because a queue is full, a confirm lost with
 * its channel) is published again with the same message id until it is known, so a receiver may see it twice.
 */
export class Publisher {
  private readonly window = new PublishWindow(WINDOW);

  constructor(
    private readonly source: ChannelSource,
    private readonly appId: string,
    private readonly log: BrokerLog,
    private readonly metrics: BrokerMetrics,
  ) {}

  /**
   * Publishes one message of the contracts. Throws `InvalidMessageError` (too large), `UnroutableError`
   * (mandatory, and no queue takes it), or the signal's reason.
   */
  async publish<T extends object>(
    contract: Contract<T>,
    body: T,
    options: PublishOptions = {},
  ): Promise<void> {
    await this.send(composeMessage(contract, body, this.appId, options), options.signal);
  }

  /** Publishes documents as one `document.index` message. At most the message limit in all. */
  async publishDocuments(
    documents: readonly IndexDocument[],
    options: PublishOptions = {},
  ): Promise<void> {
    await this.publish(IndexDocuments, { documents }, options);
  }

  /** Publishes an encoded message until its fate is known. */
  async send(message: OutgoingMessage, signal?: AbortSignal): Promise<void> {
    const { type } = message.properties;
    await this.window.enter(message.body.length, signal);
    try {
      this.metrics.published(type);
      await this.untilKnown(message, signal);
      this.metrics.confirmed(type);
    } finally {
      this.window.leave(message.body.length);
    }
  }

  private async untilKnown(message: OutgoingMessage, signal?: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      await this.source.whenUnblocked(signal);
      const channel = await this.source.channel(signal);
      try {
        await channel.writable(signal);
        const confirmed = channel.publish(message);
        return await (signal ? abortable(confirmed, signal, ignoreLate) : confirmed);
      } catch (error) {
        signal?.throwIfAborted();
        const { type, messageId } = message.properties;
        if (error instanceof UnroutableError) {
          this.metrics.returned(type);
          throw error;
        }
        this.metrics.republished(type);
        this.log.debug({ messageId, type, attempt, err: error }, 'publishing again');
        await sleep(fullJitter(attempt, BACKOFF), signal);
      }
    }
  }
}

/** Nobody waits for this confirm any more; whoever gave up was told so by the signal's reason. */
const ignoreLate = (): void => undefined;
