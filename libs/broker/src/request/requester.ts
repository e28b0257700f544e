import { randomUUID } from 'node:crypto';
import {
  QueryFailed,
  SignalboxError,
  TimedOutError,
  parseMessage,
  type Contract,
  type ErrorCode,
} from '#contracts';
import { Deferred } from '#supervisor';
import type { ConsumeMessage } from 'amqplib';
import type { BrokerChannel } from '../connection/broker-channel.js';
import { composeMessage } from '../publish/outgoing-message.js';
import type { ChannelSource } from '../publish/publisher.js';

export const DIRECT_REPLY_QUEUE = 'amq.rabbitmq.reply-to';
export const DEADLINE_HEADER = 'signalbox-deadline';

export interface RequestOptions {
  /** How long the answer is of use, in milliseconds; it travels with the request. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The one who was asked answered with a failure. */
export class QueryFailedError extends SignalboxError {
  constructor(failed: QueryFailed) {
    super(failed.code as ErrorCode, failed.reason, { retryable: failed.retryable });
  }
}

interface Pending {
  resolve(reply: object): void;
  reject(reason: unknown): void;
}

/** Asks a question over the broker and waits for its one answer (direct reply-to). */
export class Requester {
  private readonly pending = new Map<string, Pending>();

  constructor(
    private readonly source: ChannelSource,
    private readonly appId: string,
  ) {}

  /**
   * Resolves with the reply, an instance of its contract. Throws `QueryFailedError` when the answer says so,
   * `TimedOutError` when none came in time, `UnroutableError` when nobody reads such requests, `DependencyUnavailableError`
   * when the connection died meanwhile (then the answer cannot come any more), or the signal's reason.
   */
  async request<T extends object>(
    contract: Contract<T>,
    body: T,
    { timeoutMs, signal }: RequestOptions,
  ): Promise<object> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const correlationId = randomUUID();
    const message = composeMessage(contract, body, this.appId, {
      correlationId,
      replyTo: DIRECT_REPLY_QUEUE,
      headers: { [DEADLINE_HEADER]: Date.now() + timeoutMs },
    });
    const { promise, resolve, reject } = new Deferred<object>();
    const timedOut = (): void =>
      reject(
        new TimedOutError(
          `${message.properties.type} was not answered within ${timeoutMs} ms: is its reader running and ready?`,
        ),
      );
    const aborted = (): void => reject(signal?.reason);
    let channel: BrokerChannel | undefined;
    const channelLost = (): void => reject(channel?.lost.reason);

    this.pending.set(correlationId, { resolve, reject });
    deadline.addEventListener('abort', timedOut, { once: true });
    signal?.addEventListener('abort', aborted, { once: true });
    try {
      signal?.throwIfAborted();
      void this.source
        .channel(deadline)
        .then((open) => {
          channel = open;
          channel.lost.addEventListener('abort', channelLost, { once: true });
          return channel.publish(message);
        })
        .catch(reject);
      return await promise;
    } finally {
      this.pending.delete(correlationId);
      deadline.removeEventListener('abort', timedOut);
      signal?.removeEventListener('abort', aborted);
      channel?.lost.removeEventListener('abort', channelLost);
    }
  }

  /** Takes what arrives on the reply queue; an answer nobody waits for any more is ignored. */
  onReply(delivery: ConsumeMessage): void {
    const pending = this.pending.get(String(delivery.properties.correlationId));
    if (pending === undefined) return;
    try {
      const reply = parseMessage(String(delivery.properties.type), delivery.content);
      if (reply instanceof QueryFailed) pending.reject(new QueryFailedError(reply));
      else pending.resolve(reply);
    } catch (error) {
      pending.reject(error);
    }
  }
}
