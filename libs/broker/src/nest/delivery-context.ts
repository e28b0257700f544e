import { BaseRpcContext } from '@nestjs/microservices';
import type { HandlerContext } from '../delivery/consumer-options.js';
import { attemptOf } from '../delivery/dead-letter.js';
import { remainingMs } from '../delivery/deadline.js';
import type { IncomingMessage } from '../delivery/incoming-message.js';
import type { Slot } from '../delivery/slots.js';

/** What a Nest handler gets with `@Ctx()`: the message's envelope and a signal, never the raw channel. */
export class DeliveryContext extends BaseRpcContext<[HandlerContext]> {
  constructor(context: HandlerContext) {
    super([context]);
  }

  /** Aborts when the work has become pointless: its channel is gone, its deadline passed, or a drain ran out of time. */
  get signal(): AbortSignal {
    return this.args[0].signal;
  }

  get message(): IncomingMessage {
    return this.args[0].message;
  }

  /** From 1. */
  get attempt(): number {
    return attemptOf(this.message.headers);
  }

  /** When nobody waits for the answer any more, in milliseconds since 1970; undefined for all but queries with a deadline. */
  get deadline(): number | undefined {
    const deadline = remainingMs(this.message, 0);
    return deadline === Infinity ? undefined : deadline;
  }

  /** The slot reserved for this delivery; undefined for a consumer without slots. */
  get slot(): Slot | undefined {
    return this.args[0].slot;
  }
}
