import {
  CommandRejected,
  DependencyUnavailableError,
  InvalidMessageError,
  QueryFailed,
  definitionOf,
  parseMessage,
  type Contract,
  type LiveQueueName,
  type MessageKind,
} from '#contracts';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import type { Publisher } from '../publish/publisher.js';
import { DEADLINE_HEADER } from '../request/requester.js';
import type { DeliveryHandler, HandlerContext } from './consumer-options.js';
import { deadLetterOf, errorCodeOf, errorMessageOf } from './dead-letter.js';
import type { IncomingMessage } from './incoming-message.js';

/** What the transport does with a delivery once its handler is done. */
export type Verdict =
  | {
      readonly settle: 'acknowledge';
      readonly outcome: 'acknowledged' | 'dead-lettered' | 'expired';
    }
  | { readonly settle: 'pause'; readonly reason: string }
  | { readonly settle: 'nothing' };

/**
 * What happens to one delivery between its arrival and its settlement:
 * decode, check against the contract, handle, then answer or write the dead letter. It never throws: the verdict says how to settle.
 */
export class DeliveryPipeline {
  constructor(
    private readonly queue: LiveQueueName,
    private readonly handler: DeliveryHandler,
    private readonly publisher: Publisher,
    private readonly appId: string,
    private readonly log: BrokerLog,
    private readonly metrics: BrokerMetrics,
  ) {}

  /** Handles one message. The handler is called before the first await, so handlers begin in delivery order. */
  async handle(context: HandlerContext): Promise<Verdict> {
    const { message, signal } = context;
    if (deadlinePassed(message)) return { settle: 'acknowledge', outcome: 'expired' };
    try {
      const reply = await this.handler(parseMessage(message.type, message.body), context);
      if (reply !== undefined && message.replyTo !== undefined)
        await this.answer(message, reply, signal);
      return { settle: 'acknowledge', outcome: 'acknowledged' };
    } catch (error) {
      if (signal.aborted) return { settle: 'nothing' };
      return this.failed(context, error).catch(() => ({ settle: 'nothing' }));
    }
  }

  private async failed({ message, signal }: HandlerContext, error: unknown): Promise<Verdict> {
    const answered = await this.tellAsker(message, error, signal);
    const invalid = error instanceof InvalidMessageError;
    if (answered && !invalid) return { settle: 'acknowledge', outcome: 'acknowledged' };
    if (error instanceof DependencyUnavailableError) {
      return { settle: 'pause', reason: error.message };
    }
    const { type, messageId } = message;
    const code = errorCodeOf(error);
    await this.publisher.send(deadLetterOf(message, this.queue, error, this.appId), signal);
    this.metrics.dead(this.queue, code);
    // A message that cannot be read is its sender's fault; a handler that fails is ours.
    this.log[invalid ? 'warn' : 'error'](
      { queue: this.queue, type, messageId, code, err: error },
      'message dead-lettered',
    );
    return { settle: 'acknowledge', outcome: 'dead-lettered' };
  }

  /** Answers a query that failed, or an invalid command whose sender waits. True when the asker knows. */
  private async tellAsker(
    message: IncomingMessage,
    error: unknown,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (message.replyTo === undefined) return false;
    const code = errorCodeOf(error);
    const { type, messageId } = message;
    const reason =
      code === 'internal'
        ? `a defect of ${this.appId}: its log has the details (message ${messageId})`
        : errorMessageOf(error);
    if (kindOf(type) === 'command') {
      if (!(error instanceof InvalidMessageError)) return false;
      const rejected = Object.assign(new CommandRejected(), { id: messageId, code, reason });
      await this.answer(message, rejected, signal);
      return true;
    }
    this.log[code === 'internal' ? 'error' : 'info'](
      { queue: this.queue, type, messageId, code, err: error },
      'query failed',
    );
    const retryable = error instanceof DependencyUnavailableError;
    const failed = Object.assign(new QueryFailed(), { code, reason, retryable });
    await this.answer(message, failed, signal);
    return true;
  }

  /** Answers whoever asked; should they be gone, the broker drops it. */
  private async answer(
    message: IncomingMessage,
    reply: object,
    signal: AbortSignal,
  ): Promise<void> {
    await this.publisher.publish(reply.constructor as Contract<object>, reply, {
      address: message.replyTo,
      correlationId: message.correlationId,
      signal,
    });
  }
}

function kindOf(type: string): MessageKind | undefined {
  try {
    return definitionOf(type).kind;
  } catch (error) {
    if (error instanceof InvalidMessageError) return undefined;
    throw error;
  }
}

function deadlinePassed(message: IncomingMessage): boolean {
  const deadline = Number(message.headers[DEADLINE_HEADER]);
  return Number.isFinite(deadline) && deadline < Date.now();
}
