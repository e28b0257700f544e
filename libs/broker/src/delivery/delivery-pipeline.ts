import {
  DependencyUnavailableError,
  InvalidMessageError,
  SignalboxError,
  parseMessage,
  type Contract,
} from '#contracts';
import { answersAbort, withTimeout, messageOf } from '#supervisor';
import type { Publisher } from '../publish/publisher.js';
import type { BrokerLog } from '../broker-log.js';
import { deliveryFailed, receiving } from '../tracing/receiving.js';
import type { DeliveryHandler, HandlerContext, InvalidMessageHandler } from './consumer-options.js';
import type { DeadLetterWriter } from './dead-letter-writer.js';
import { errorCodeOf } from './dead-letter.js';
import { kindOf, remainingMs } from './deadline.js';
import { checkRoute } from './check-route.js';
import { failureReply } from './failure-reply.js';
import type { IncomingMessage } from './incoming-message.js';

/** What the transport does with a delivery once its handler is done. */
export type Verdict =
  | {
      readonly settle: 'acknowledge';
      readonly outcome: 'acknowledged' | 'dead-lettered' | 'expired';
    }
  | { readonly settle: 'requeue' }
  | { readonly settle: 'pause'; readonly reason: string }
  | { readonly settle: 'nothing' };

export interface DeliveryPipelineParts {
  readonly queue: string;
  readonly service: string;
  readonly handler: DeliveryHandler;
  readonly invalid: InvalidMessageHandler;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetterWriter;
  readonly log: BrokerLog;
}

/** How long a dead letter may wait, for room in its queue too: with the handler before it, less than a delivery may be held. */
const LETTER_TIMEOUT_MS = 5 * 60_000;

/**
 * What happens to one delivery between its arrival and its settlement:
 * decode, check against the contract, handle, then answer or write the dead letter. It never throws: the verdict says how to settle.
 */
export class DeliveryPipeline {
  constructor(private readonly parts: DeliveryPipelineParts) {}

  /** Handles one message. The handler is called before the first await, so handlers begin in delivery order. */
  handle(context: HandlerContext): Promise<Verdict> {
    return receiving(this.parts.queue, context.message, () => this.verdictOn(context));
  }

  /** What becomes of a message whose handler was given up. `context.signal` is not that of the handler. Never throws, as `handle`. */
  giveUp(context: HandlerContext, error: SignalboxError): Promise<Verdict> {
    return receiving(this.parts.queue, context.message, () => this.failed(context, error));
  }

  private async verdictOn(context: HandlerContext): Promise<Verdict> {
    const { message, signal } = context;
    if (remainingMs(message) < 0) return { settle: 'acknowledge', outcome: 'expired' };
    let body: object;
    try {
      checkRoute(message);
      body = parseMessage(message.type, message.body);
    } catch (problem) {
      return this.unreadable(context, problem as InvalidMessageError);
    }
    try {
      const reply = await this.parts.handler(body, context);
      await this.answer(message, reply, signal);
      return { settle: 'acknowledge', outcome: 'acknowledged' };
    } catch (error) {
      return await this.failed(context, error);
    }
  }

  private async unreadable(
    context: HandlerContext,
    problem: InvalidMessageError,
  ): Promise<Verdict> {
    try {
      if (await this.parts.invalid(problem, context)) {
        return { settle: 'acknowledge', outcome: 'acknowledged' };
      }
    } catch (error) {
      return this.failed(context, error);
    }
    return this.failed(context, problem);
  }

  private async failed({ message, signal }: HandlerContext, error: unknown): Promise<Verdict> {
    deliveryFailed(error);
    if (signal.aborted) {
      this.noteLate(message, error, signal);
      return { settle: 'nothing' };
    }
    const told = await this.tellAsker(message, error, signal);
    const unreadable = error instanceof InvalidMessageError;
    if (told && !unreadable) return { settle: 'acknowledge', outcome: 'acknowledged' };
    if (error instanceof DependencyUnavailableError) {
      return { settle: 'pause', reason: error.message };
    }
    try {
      await this.writeDeadLetter(message, error, signal);
      return { settle: 'acknowledge', outcome: 'dead-lettered' };
    } catch (problem) {
      if (signal.aborted) return { settle: 'nothing' };
      return {
        settle: 'pause',
        reason: `the dead letter was not written: ${messageOf(problem)}`,
      };
    }
  }

  private async writeDeadLetter(
    message: IncomingMessage,
    error: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const { queue, deadLetters, log } = this.parts;
    const write = (within: AbortSignal) => deadLetters.write(message, error, within);
    await withTimeout(write, LETTER_TIMEOUT_MS, {
      signal,
      what: `the dead letter of ${message.messageId}`,
      onLateError: (late) => log.debug({ queue, err: late }, 'a dead letter was given up'),
    });
  }

  /** The delivery is the broker's again; what the handler says beside "I was stopped" must not be lost. */
  private noteLate(message: IncomingMessage, error: unknown, signal: AbortSignal): void {
    if (answersAbort(error, signal.reason)) return;
    const { queue, log } = this.parts;
    const { type, messageId } = message;
    log.warn({ queue, type, messageId, err: error }, 'a handler failed after it was told to stop');
  }

  private async answer(
    message: IncomingMessage,
    reply: object | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (message.replyTo === undefined) return;
    if (reply !== undefined) return this.publishAnswer(message, reply, signal);
    if (kindOf(message.type) === 'query') {
      throw new Error(`the handler of ${message.type} returned no answer`);
    }
  }

  private async publishAnswer(
    message: IncomingMessage,
    reply: object,
    signal: AbortSignal,
  ): Promise<void> {
    const { replyTo: address, correlationId } = message;
    try {
      // Should whoever asked be gone, the broker drops it.
      await this.parts.publisher.publish(reply.constructor as Contract<object>, reply, {
        address,
        correlationId,
        signal,
      });
    } catch (error) {
      if (!(error instanceof InvalidMessageError)) throw error;
      if (error.code !== 'too-large') throw new Error(error.message, { cause: error });
      const cause = `the answer to ${message.type} does not fit a message (${error.message}): ask for fewer items`;
      throw new SignalboxError('answer-too-large', cause, { cause: error });
    }
  }

  /** Answers a query that failed, or a command that cannot be read. True when whoever asked knows. */
  private async tellAsker(
    message: IncomingMessage,
    error: unknown,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { queue, service, log } = this.parts;
    const reply = failureReply(message, error, service);
    if (reply === undefined) return false;
    const { type, messageId } = message;
    const facts = { queue, type, messageId, code: errorCodeOf(error), err: error };
    if (!(error instanceof InvalidMessageError)) {
      log[error instanceof SignalboxError ? 'info' : 'error'](facts, 'query failed');
    }
    try {
      await this.publishAnswer(message, reply, signal);
      return true;
    } catch (problem) {
      log.warn({ queue, type, messageId, err: problem }, 'whoever asked was not told of a failure');
      return false;
    }
  }
}
