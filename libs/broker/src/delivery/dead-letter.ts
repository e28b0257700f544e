import { SignalboxError, deadQueueOf, type LiveQueueName } from '#contracts';
import { messageOf } from '#supervisor';
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

/** The broker would route the letter by these too, back into a live queue perhaps. */
const ROUTING_HEADERS: ReadonlySet<string> = new Set(['CC', 'BCC']);

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

/**
 * The letter for a delivery that failed: the message as it was, plus the reason in headers.
 * With `foreignHeaders: false` only what this library reads is kept of its own headers, when all together are too much.
 */
export function deadLetterOf(
  message: IncomingMessage,
  queue: LiveQueueName,
  error: unknown,
  appId: string,
  { foreignHeaders = true }: { readonly foreignHeaders?: boolean } = {},
): OutgoingMessage {
  const headers = {
    ...(foreignHeaders ? message.headers : ownHeadersOf(message)),
    ...(message.userId !== undefined && { [DEAD_LETTER_HEADERS.requestedBy]: message.userId }),
  };
  const { type, messageId, contentType, contentEncoding } = message;
  const reason = { queue, error, failedAt: Date.now() };
  const about = { type, messageId, contentType, contentEncoding, appId, headers, reason };
  return deadLetter(deadQueueOf(queue), message.body, about);
}

/** A letter for something that is not a whole delivery: one document, one raw line. The body is kept as it is. */
export function deadLetter(
  deadQueue: string,
  body: Buffer,
  about: {
    readonly type: string;
    readonly messageId: string;
    readonly contentType?: string;
    readonly contentEncoding?: string;
    readonly appId: string;
    readonly headers?: Readonly<Record<string, unknown>>;
    readonly reason: DeadLetterReason;
  },
): OutgoingMessage {
  const { type, messageId, contentType, contentEncoding, appId, reason, headers = {} } = about;
  return {
    exchange: 'signalbox.dead',
    routingKey: deadQueue,
    body,
    properties: {
      type,
      messageId,
      appId,
      ...(contentType !== undefined && { contentType }),
      ...(contentEncoding !== undefined && { contentEncoding }),
      timestamp: Math.floor(reason.failedAt / 1_000),
      persistent: true,
      mandatory: true,
      headers: {
        [DEAD_LETTER_HEADERS.firstFailedAt]: reason.failedAt,
        ...withoutRouting(headers),
        [DEAD_LETTER_HEADERS.code]: errorCodeOf(reason.error),
        [DEAD_LETTER_HEADERS.message]: messageOf(reason.error).slice(0, REASON_MAX_CHARACTERS),
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

function withoutRouting(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ROUTING_HEADERS.has(name)));
}

function ownHeadersOf({ headers }: IncomingMessage): Record<string, unknown> {
  const first = Number(headers[DEAD_LETTER_HEADERS.firstFailedAt]);
  return {
    [DEAD_LETTER_HEADERS.attempt]: attemptOf(headers),
    ...(Number.isSafeInteger(first) && first > 0 && { [DEAD_LETTER_HEADERS.firstFailedAt]: first }),
  };
}
