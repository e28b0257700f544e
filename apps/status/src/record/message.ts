import type { Refusal } from './commands/answer.js';

/** One message of `status.record`, decoded and checked. */
export interface RecordMessage<T extends object = object> {
  readonly type: string;
  readonly messageId: string;
  readonly body: T;
  /** The user that the broker validated; `undefined` when the sender named none. */
  readonly userId?: string;
  /** The service that published it. */
  readonly appId?: string;
  readonly replyTo?: string;
  readonly correlationId?: string;
  /** The span that it is handled in (W3C). */
  readonly traceparent?: string;
  /** The broker has delivered it before: it may have been applied, with its answers still owed. */
  readonly redelivered: boolean;
  /** Why its sender may not say it, so that it changes nothing. */
  readonly forbidden?: Refusal;
  /** Why it is refused whatever the record says: it breaks its contract. Then only its id can be relied on, the rest of the body is as it was sent. */
  readonly refusal?: Refusal;
}

/** Who asked, where nobody was validated. */
const UNVERIFIED = 'unverified';

/** Who asked, as the record takes it down. */
export function requestedBy(message: RecordMessage): string {
  return message.userId ?? UNVERIFIED;
}

/** The service that the record is kept by: what it publishes itself comes back to it, and is no news. */
export const STATUS = 'status';
