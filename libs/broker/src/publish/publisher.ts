import {
  DependencyUnavailableError,
  IndexDocuments,
  type Contract,
  type IndexDocument,
} from '#contracts';
import { abortable, fullJitter, sleep } from '#supervisor';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import type { BrokerChannel } from '../connection/broker-channel.js';
import { sending } from '../tracing/sending.js';
import type { ChannelSource } from './channel-source.js';
import {
  composeMessage,
  type MessageOptions,
  type OutgoingMessage,
  type Sender,
} from './outgoing-message.js';
import { PublishRefusedError, UnroutableError } from './publish-errors.js';
import { PublishWindow } from './publish-window.js';
import { RefusedLanes } from './refused-lanes.js';

export interface PublishOptions extends MessageOptions {
  /** Gives up when it aborts: throws its reason. Whether the broker has the message is then unknown. */
  readonly signal?: AbortSignal;
}

/** Hears each time that the broker refused a message, because a queue is full, before it is tried again. */
export type RefusalListener = (refusal: PublishRefusedError) => void;

const WINDOW = { messages: 1_000, bytes: 16 * 1024 * 1024 };
const BACKOFF = { baseMs: 100, capMs: 5_000 };

/**
 * Publishes with the broker's confirm. A promise that fulfils means: the broker has it, on disk where it is
 * persistent, in every queue it was routed to. What is unknown (a refusal because a queue is full, a confirm lost with
 * its channel) is published again with the same message id until it is known, so a receiver may see it twice.
 * Waits for the connection, for an alarm of the broker to end, and for room among the 1,000 messages (16 MiB) that may be
 * unconfirmed; what a full queue refuses waits among as many of its own, and holds up nothing that goes elsewhere.
 * Once the broker connection is closed every call rejects with a `DependencyUnavailableError`.
 */
export class Publisher {
  private readonly window = new PublishWindow(WINDOW);
  private readonly refused = new RefusedLanes(WINDOW);
  /** What the source gave last; it gives no other while this one lives. */
  private channel: BrokerChannel | undefined;

  constructor(
    private readonly source: ChannelSource,
    private readonly sender: Sender,
    private readonly log: BrokerLog,
    private readonly metrics: BrokerMetrics,
  ) {}

  /**
   * Publishes one message of the contracts. Throws `InvalidMessageError` (the body violates its contract, or is too large),
   * `UnroutableError` (mandatory, and no queue takes it), or the signal's reason.
   */
  async publish<T extends object>(
    contract: Contract<T>,
    body: T,
    options: PublishOptions = {},
  ): Promise<void> {
    await this.send(composeMessage(contract, body, this.sender, options), options.signal);
  }

  /** Publishes documents as one `document.index` message. At most the message limit in all. */
  async publishDocuments(
    documents: readonly IndexDocument[],
    options: PublishOptions = {},
  ): Promise<void> {
    await this.publish(IndexDocuments, { documents }, options);
  }

  /** Publishes an encoded message until its fate is known, as part of the trace that goes on. Throws as `publish` does. */
  send(message: OutgoingMessage, signal?: AbortSignal, onRefused?: RefusalListener): Promise<void> {
    return sending('publish', message, (traced) => this.untilTaken(traced, signal, onRefused));
  }

  private async untilTaken(
    message: OutgoingMessage,
    signal: AbortSignal | undefined,
    onRefused: RefusalListener | undefined,
  ): Promise<void> {
    let inLane = this.refused.has(message);
    if (inLane) await this.refused.enter(message, signal);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const refusal = await this.withinWindow(message, attempt, signal);
        if (refusal === undefined) return;
        onRefused?.(refusal);
        if (!inLane) await this.refused.enter(message, signal);
        inLane = true;
        await this.beforeNext(message, attempt, refusal, signal);
      }
    } finally {
      if (inLane) this.refused.leave(message);
    }
  }

  /** Resolves with nothing once the broker has the message, or with its refusal; the room is free again then. */
  private async withinWindow(
    message: OutgoingMessage,
    attempt: number,
    signal: AbortSignal | undefined,
  ): Promise<PublishRefusedError | undefined> {
    const { type } = message.properties;
    const { length } = message.body;
    if (signal?.aborted || !this.window.tryEnter(length)) await this.window.enter(length, signal);
    try {
      if (attempt === 1) this.metrics.published(type);
      await this.untilKnown(message, signal);
      this.metrics.confirmed(type);
      return undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof PublishRefusedError) return error;
      if (error instanceof UnroutableError) this.metrics.returned(type);
      throw error;
    } finally {
      this.window.leave(length);
    }
  }

  /** Publishes across lost channels. Rejects with what is known: refused, wrong, read by nobody, or given up. */
  private async untilKnown(
    message: OutgoingMessage,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const channel = this.readyChannel() ?? (await this.nextChannel(signal));
      try {
        await channel.writable(signal);
        const confirmed = channel.publish(message);
        return await (signal ? abortable(confirmed, signal, this.noteLate(message)) : confirmed);
      } catch (error) {
        signal?.throwIfAborted();
        const lost =
          error instanceof DependencyUnavailableError && !(error instanceof PublishRefusedError);
        if (!lost) throw error;
        await this.beforeNext(message, attempt, error, signal);
      }
    }
  }

  /** The channel, when nothing need be waited for. */
  private readyChannel(): BrokerChannel | undefined {
    const ready = this.channel?.lost.aborted === false && this.source.trouble() === undefined;
    return ready ? this.channel : undefined;
  }

  private async nextChannel(signal: AbortSignal | undefined): Promise<BrokerChannel> {
    await this.source.whenUnblocked(signal);
    this.channel = await this.source.channel(signal);
    return this.channel;
  }

  private async beforeNext(
    { properties: { messageId, type } }: OutgoingMessage,
    attempt: number,
    error: DependencyUnavailableError,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.metrics.republished(type);
    this.log.debug({ messageId, type, attempt, err: error }, 'publishing again');
    await sleep(fullJitter(attempt - 1, BACKOFF), signal);
  }

  /** Nobody waits for this confirm any more; whoever gave up was told that its fate is unknown. */
  private noteLate({ properties: { type, messageId } }: OutgoingMessage) {
    return (error: unknown): void =>
      this.log.debug({ messageId, type, err: error }, 'a publish that was given up failed');
  }
}
