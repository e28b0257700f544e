import { MAX_MESSAGE_BYTES, SignalboxError, deadQueueOf, type LiveQueueName } from '#contracts';
import type { OutgoingMessage } from '../publish/outgoing-message.js';
import type { IncomingMessage } from './incoming-message.js';

/** Headers that say why a message is in a dead-letter queue. */
export const DEAD_LETTER_HEADERS = {
  code: 'signalbox-error-code',
  message: 'signalbox-error-message',
  attempt: 'signalbox-attempt',
  queue: 'signalbox-queue',
  firstFailedAt: 'signalbox-first-failed-at',
  failedAt: 'signalbox-failed-at',
  requestedBy: 'signalbox-requested-by',
} as const;

const REASON_MAX_CHARACTERS = 4_096;

/** Why, where and when a message could not be handled. */
export interface DeadLetterReason {
  readonly queue: string;
  readonly error: unknown;
  /** Milliseconds since 1970. */
  readonly failedAt: number;
}

/** The code of an error as it stands in dead letters and replies; `internal` for what nobody classified. */
export function errorCodeOf(error: unknown): string {
  return error instanceof SignalboxError ? error.code : 'internal';
}

/** What an error says, for people. */
export function errorMessageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The letter for a delivery that failed: the message as it was, plus the reason in headers. */
export function deadLetterOf(
  message: IncomingMessage,
  queue: LiveQueueName,
  error: unknown,
  appId: string,
): OutgoingMessage {
  const headers = {
    ...message.headers,
    ...(message.userId !== undefined && { [DEAD_LETTER_HEADERS.requestedBy]: message.userId }),
  };
  return deadLetter(deadQueueOf(queue), message.body, {
    type: message.type,
    messageId: message.messageId,
    appId,
    headers,
    reason: { queue, error, failedAt: Date.now() },
  });
}

/** A letter for something that is not a whole delivery: one document, one raw line. */
export function deadLetter(
  deadQueue: string,
  body: Buffer,
  about: {
    readonly type: string;
    readonly messageId: string;
    readonly appId: string;
    readonly headers?: Readonly<Record<string, unknown>>;
    readonly reason: DeadLetterReason;
  },
): OutgoingMessage {
  const { reason, headers = {} } = about;
  return {
    exchange: 'signalbox.dead',
    routingKey: deadQueue,
    // The broker takes more than we send ourselves; a letter must hold whatever came.
    body: body.length > MAX_MESSAGE_BYTES ? body.subarray(0, MAX_MESSAGE_BYTES) : body,
    properties: {
      type: about.type,
      messageId: about.messageId,
      appId: about.appId,
      timestamp: Math.floor(reason.failedAt / 1_000),
      persistent: true,
      mandatory: true,
      headers: {
        [DEAD_LETTER_HEADERS.firstFailedAt]: reason.failedAt,
        ...headers,
        [DEAD_LETTER_HEADERS.code]: errorCodeOf(reason.error),
        [DEAD_LETTER_HEADERS.message]: errorMessageOf(reason.error).slice(0, REASON_MAX_CHARACTERS),
        [DEAD_LETTER_HEADERS.queue]: reason.queue,
        [DEAD_LETTER_HEADERS.failedAt]: reason.failedAt,
        [DEAD_LETTER_HEADERS.attempt]: attemptOf(headers),
      },
    },
  };
}

/** Which attempt a message is (from 1); the header is the only retry counter. */
export function attemptOf(headers: Readonly<Record<string, unknown>>): number {
  const attempt = Number(headers[DEAD_LETTER_HEADERS.attempt]);
  return Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1;
}
