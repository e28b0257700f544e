import { createHash } from 'node:crypto';
import { DEAD_LETTER_HEADERS, incomingMessage, type BrokerChannel } from '#broker';
import type { DeadQueueName } from '#contracts';

/** A message as it was delivered. */
export type Delivery = Parameters<Parameters<BrokerChannel['consume']>[1]>[0];

/** What is known about a dead letter without its body. */
export interface Letter {
  /** The message id; letters for parts of one message (documents) share it. Without one, a hash of the body. */
  readonly id: string;
  /** The dead-letter queue that it lies in. */
  readonly queue: DeadQueueName;
  /** The queue whose reader could not handle it. */
  readonly from: string;
  /** The type of the message, as its sender named it. */
  readonly type: string;
  /** Why it died: an error code; where RabbitMQ gave it up itself, what RabbitMQ calls that (`delivery_limit`). */
  readonly code: string;
  /** The same for people. */
  readonly reason: string;
  /** When it died, in milliseconds since 1970; absent when nobody wrote that down. */
  readonly failedAt?: number;
  /** When it, or what it is a repetition of, died for the first time. */
  readonly firstFailedAt?: number;
  /** How often it had been tried, from 1. */
  readonly attempt: number;
  /** Who first asked for it, as its dead letter says; nobody has checked that. */
  readonly requestedBy?: string;
  /** The length of its body, in bytes. */
  readonly bytes: number;
}

/** Reads what a letter says about itself. Never throws: what is missing or odd is left out. */
export function letterOf(delivery: Delivery, queue: DeadQueueName): Letter {
  const { type, userId, headers, body, timestamp } = incomingMessage(delivery, NaN);
  const death = deathOf(headers);
  const failedAt = number(headers[DEAD_LETTER_HEADERS.failedAt]) ?? death?.at ?? number(timestamp);
  const firstFailedAt = number(headers[DEAD_LETTER_HEADERS.firstFailedAt]);
  const requestedBy = text(headers[DEAD_LETTER_HEADERS.requestedBy]) ?? userId;
  return {
    id: text(delivery.properties.messageId) ?? bodyId(body),
    queue,
    from:
      text(headers[DEAD_LETTER_HEADERS.queue]) ?? death?.queue ?? queue.slice(0, -'.dead'.length),
    type: text(delivery.properties.type) ?? death?.routingKey ?? type,
    code: text(headers[DEAD_LETTER_HEADERS.code]) ?? death?.reason ?? 'unknown',
    reason: text(headers[DEAD_LETTER_HEADERS.message]) ?? givenUp(death),
    ...(failedAt !== undefined && { failedAt }),
    ...(firstFailedAt !== undefined && { firstFailedAt }),
    attempt: number(headers[DEAD_LETTER_HEADERS.attempt]) ?? 1,
    ...(requestedBy !== undefined && { requestedBy }),
    bytes: body.length,
  };
}

/** What RabbitMQ writes down when it gives a message up itself; the newest entry of `x-death`. */
interface Death {
  readonly reason?: string;
  readonly queue?: string;
  readonly routingKey?: string;
  /** Milliseconds since 1970. */
  readonly at?: number;
}

function deathOf(headers: Readonly<Record<string, unknown>>): Death | undefined {
  const deaths = headers['x-death'];
  const [newest] = Array.isArray(deaths) ? (deaths as readonly unknown[]) : [];
  if (typeof newest !== 'object' || newest === null) return undefined;
  const { reason, queue, time, 'routing-keys': keys } = newest as Record<string, unknown>;
  const seconds = number((time as { readonly value?: unknown } | undefined)?.value);
  return {
    reason: text(reason),
    queue: text(queue),
    routingKey: text(Array.isArray(keys) ? keys[0] : undefined),
    at: seconds === undefined ? undefined : seconds * 1_000,
  };
}

function givenUp(death: Death | undefined): string {
  if (death?.reason === undefined) return 'no reason was written down';
  if (death.reason === 'delivery_limit') {
    return 'RabbitMQ gave it up: it was delivered too often, and each time its reader died or lost its connection';
  }
  return `RabbitMQ gave it up (${death.reason})`;
}

/** The same letter has the same id at each look. */
function bodyId(body: Buffer): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, 22);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  const read = typeof value === 'bigint' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
}
