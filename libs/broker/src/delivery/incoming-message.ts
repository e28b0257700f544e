import { createHash, randomUUID } from 'node:crypto';
import type { ConsumeMessage, GetMessage } from 'amqplib';

/** One message as it arrived. What a sender left out is filled in: a command needs only a routing key and a body. */
export interface IncomingMessage {
  /** The type property, else the routing key. */
  readonly type: string;
  /** As sent; else a hash of body and timestamp (the same message again has the same id); without either a new UUID. */
  readonly messageId: string;
  /** Milliseconds since 1970; the arrival when the sender gave none. */
  readonly timestamp: number;
  /** The AMQP user, validated by the broker, when the sender set it. */
  readonly userId?: string;
  readonly appId?: string;
  readonly replyTo?: string;
  readonly correlationId?: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** '' for the default exchange. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  /** True when the broker has delivered it before, perhaps to somebody else. */
  readonly redelivered: boolean;
  /** Milliseconds since 1970. */
  readonly deliveredAt: number;
}

/** A delivery as amqplib has it. */
export type RawDelivery = ConsumeMessage;

/** Reads the envelope of a delivery. Never throws: the body is looked at later. */
export function incomingMessage(
  delivery: RawDelivery | GetMessage,
  now = Date.now(),
): IncomingMessage {
  const { properties, fields, content } = delivery;
  const seconds = Number(properties.timestamp);
  const hasTime = Number.isFinite(seconds) && seconds > 0;
  return {
    type: text(properties.type) ?? fields.routingKey,
    messageId: text(properties.messageId) ?? derivedId(content, hasTime ? seconds : undefined),
    timestamp: hasTime ? seconds * 1_000 : now,
    userId: text(properties.userId),
    appId: text(properties.appId),
    replyTo: text(properties.replyTo),
    correlationId: text(properties.correlationId),
    contentType: text(properties.contentType),
    contentEncoding: text(properties.contentEncoding),
    headers: properties.headers ?? {},
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    body: content,
    redelivered: fields.redelivered,
    deliveredAt: now,
  };
}

function derivedId(body: Buffer, seconds: number | undefined): string {
  if (seconds === undefined) return randomUUID();
  return createHash('sha256').update(`${seconds}\n`).update(body).digest('base64url');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
