import { randomUUID } from 'node:crypto';
import {
  QueryFailed,
  SignalboxError,
  TimedOutError,
  definitionOf,
  parseMessage,
  type Contract,
  type ErrorCode,
} from '#contracts';
import {
  Deferred,
  DeadlineExceededError,
  abortable,
  withTimeout,
  type LateErrorListener,
} from '#supervisor';
import type { ConsumeMessage } from 'amqplib';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import type { BrokerChannel } from '../connection/broker-channel.js';
import type { ChannelSource } from '../publish/channel-source.js';
import { composeMessage, type OutgoingMessage, type Sender } from '../publish/outgoing-message.js';
import { UnroutableError } from '../publish/publish-errors.js';
import { sending } from '../tracing/sending.js';

export const DIRECT_REPLY_QUEUE = 'amq.rabbitmq.reply-to';
export const DEADLINE_HEADER = 'signalbox-deadline';

export interface RequestOptions {
  /** How long the answer is of use, in milliseconds; with a query it travels, so that nobody works it out in vain. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The one who was asked answered with a failure. */
export class QueryFailedError extends SignalboxError {
  constructor(failed: QueryFailed) {
    super(failed.code as ErrorCode, failed.reason, { retryable: failed.retryable });
  }
}

interface Question {
  /** Where it was asked: the answer comes there, or not at all. */
  readonly channel: BrokerChannel;
  readonly answer: Deferred<object>;
  /** Whether the broker has it; before that, its publish fails with the channel, and knows better why. */
  confirmed: boolean;
}

/** Asks a question over the broker, or gives a command, and waits for the one answer (direct reply-to). */
export class Requester {
  private readonly open = new Map<string, Question>();

  constructor(
    private readonly source: ChannelSource,
    private readonly sender: Sender,
    private readonly log: BrokerLog,
    private readonly metrics: BrokerMetrics,
  ) {}

  /**
   * Resolves with the reply, an instance of its contract. Throws `QueryFailedError` when the answer says so,
   * `TimedOutError` when none came in time, `UnroutableError` when nobody reads such requests, `InvalidMessageError` for a body
   * that violates its contract, `DependencyUnavailableError` when the connection died meanwhile (then the answer cannot come
   * any more) or the queue is full, or the signal's reason. A command whose answer did not come may be carried out all the same.
   */
  async request<T extends object>(
    contract: Contract<T>,
    body: T,
    { timeoutMs, signal }: RequestOptions,
  ): Promise<object> {
    // A command that the broker has is carried out, however late: only a question becomes pointless.
    const expires = definitionOf(contract).kind === 'query';
    const message = composeMessage(contract, body, this.sender, {
      correlationId: randomUUID(),
      replyTo: DIRECT_REPLY_QUEUE,
      ...(expires && { headers: { [DEADLINE_HEADER]: Date.now() + timeoutMs } }),
    });
    const { type } = message.properties;
    const onLateError = (error: unknown): void =>
      this.log.debug({ type, err: error }, 'a request failed after it was given up');
    try {
      return await sending('request', message, (traced) => {
        const ask = (until: AbortSignal): Promise<object> => this.ask(traced, until, onLateError);
        return withTimeout(ask, timeoutMs, { signal, onLateError });
      });
    } catch (error) {
      if (signal?.aborted || !(error instanceof DeadlineExceededError)) throw error;
      const why = this.source.trouble() ?? 'is its reader running and ready?';
      throw new TimedOutError(`${type} was not answered within ${timeoutMs} ms: ${why}`);
    }
  }

  /** Takes what arrives on the reply queue; an answer nobody waits for any more is ignored. */
  onReply(delivery: ConsumeMessage): void {
    const { correlationId, type } = delivery.properties;
    const answer = this.open.get(String(correlationId))?.answer;
    if (answer === undefined) return;
    try {
      const reply = parseMessage(String(type), delivery.content);
      if (reply instanceof QueryFailed) answer.rejectHandled(new QueryFailedError(reply));
      else answer.resolve(reply);
    } catch (error) {
      answer.rejectHandled(error);
    }
  }

  /** No answer comes on this channel any more: whoever waits for one is told. */
  channelLost(channel: BrokerChannel): void {
    for (const question of this.open.values()) {
      if (question.channel !== channel || !question.confirmed) continue;
      question.answer.rejectHandled(channel.lost.reason);
    }
  }

  private async ask(
    message: OutgoingMessage,
    signal: AbortSignal,
    onLateError: LateErrorListener,
  ): Promise<object> {
    await this.source.whenUnblocked(signal);
    const channel = await this.source.channel(signal);
    await channel.writable(signal);
    const id = String(message.properties.correlationId);
    const question: Question = { channel, answer: new Deferred(), confirmed: false };
    this.open.set(id, question);
    try {
      // The answer may overtake the confirm.
      this.publish(message, channel).then(
        () => (question.confirmed = true),
        (error: unknown) => question.answer.rejectHandled(error),
      );
      return await abortable(question.answer.promise, signal, onLateError);
    } finally {
      this.open.delete(id);
    }
  }

  private async publish(message: OutgoingMessage, channel: BrokerChannel): Promise<void> {
    const { type } = message.properties;
    this.metrics.published(type);
    try {
      await channel.publish(message);
      this.metrics.confirmed(type);
    } catch (error) {
      if (error instanceof UnroutableError) this.metrics.returned(type);
      throw error;
    }
  }
}
