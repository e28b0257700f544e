import { QUEUES, type InvalidMessageError, type LiveQueueName } from '#contracts';
import type { IncomingMessage } from './incoming-message.js';
import type { Slot } from './slots.js';

/** How one queue is read. */
export interface ConsumerOptions {
  readonly queue: LiveQueueName;
  /** How many deliveries are handled at once. Default 32; with `slots` at most 8. */
  readonly prefetch?: number;
  /**
   * For offers of work: how much work may be held at once. A slot is reserved before each delivery and stays taken
   * until the work calls `slot.release()`; when none is free, nothing is consumed.
   */
  readonly slots?: number;
  /**
   * How long a delivery may be held, in milliseconds. Default 20 minutes: the broker takes one for lost after 30. What happens then depends on the queue:
   *
   * - usually its handler is told to stop, and the message becomes a dead letter with the code `timed-out`;
   * - in a queue with one reader at a time the consumer pauses, and everything goes back, in order: no message overtakes it;
   * - an offer of work (`slots`) goes back to the queue; its handler waits on, and keeps its slot.
   */
  readonly holdTimeoutMs?: number;
}

/** Whether a queue has one reader at a time, so that the order of what is in it counts. */
export function isOrdered(queue: LiveQueueName): boolean {
  return QUEUES[queue].arguments['x-single-active-consumer'] === true;
}

/** What a handler is given beside the message. */
export interface HandlerContext {
  /** Aborts when the handler's work has become pointless: its channel is gone, its deadline passed, or a drain ran out of time. */
  readonly signal: AbortSignal;
  readonly message: IncomingMessage;
  /** The slot reserved for this delivery; undefined for a consumer without slots. */
  readonly slot: Slot | undefined;
}

/** The body as the contract has it (documents: the bytes), and what to answer, if anything. */
export type DeliveryHandler = (
  body: object,
  context: HandlerContext,
) => Promise<object | undefined>;

/**
 * Looks at a message that cannot be read; resolves with whether it has dealt with it, so that it is acknowledged. Otherwise it becomes a
 * dead letter; so it does when this throws, unless a dependency is down.
 */
export type InvalidMessageHandler = (
  problem: InvalidMessageError,
  context: HandlerContext,
) => Promise<boolean>;

/** Resolves when the dependency of a queue's handlers works again; throws while it does not. */
export type Probe = (signal: AbortSignal) => Promise<void>;
