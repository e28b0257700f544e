import type { LiveQueueName } from '#contracts';
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

/** Resolves when the dependency of a queue's handlers works again; throws while it does not. */
export type Probe = (signal: AbortSignal) => Promise<void>;
