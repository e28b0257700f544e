import { randomUUID } from 'node:crypto';
import { definitionOf, encodeMessage, type Contract } from '#contracts';
import type { Options } from 'amqplib';
import { activeTraceHeaders } from '../tracing/trace-headers.js';

/** A message ready for the wire. Published again after an unknown outcome, it is published as it is. */
export interface OutgoingMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Options.Publish & { readonly messageId: string; readonly type: string };
}

/** Who sends: the broker checks the user, nobody checks the rest. */
export interface Sender {
  readonly appId: string;
  /** The AMQP user of the connection. Commands carry it, so that the record knows who asked. */
  readonly userId?: string;
}

export interface MessageOptions {
  /** Default: a new UUID. */
  readonly messageId?: string;
  /** For the few messages whose key is not in their body: the instance of a ping, the `replyTo` of an answer. */
  readonly address?: string;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/**
 * Puts a message of the contracts into its envelope: exchange, key, persistence and mandatory flag from the
 * registry, metadata in AMQP properties; it belongs to the trace that goes on, if one does. The body is checked as its reader will check it, so that whoever
 * makes a wrong one hears of it, not whoever gets it. Throws `InvalidMessageError`: every violation, or `too-large`.
 */
export function composeMessage<T extends object>(
  contract: Contract<T>,
  body: T,
  { appId, userId }: Sender,
  options: MessageOptions = {},
): OutgoingMessage {
  const definition = definitionOf(contract);
  const { type, contentType, persistent, mandatory } = definition;
  // Documents are checked as they are encoded.
  if (contentType === 'application/json') definition.check(body);
  const trace = activeTraceHeaders();
  return {
    exchange: definition.exchange,
    routingKey: definition.routingKey(body, options.address),
    body: encodeMessage(contract, body),
    properties: {
      type,
      messageId: options.messageId ?? randomUUID(),
      timestamp: Math.floor(Date.now() / 1_000),
      appId,
      contentType,
      persistent,
      mandatory,
      userId: definition.kind === 'command' ? userId : undefined,
      correlationId: options.correlationId,
      replyTo: options.replyTo,
      headers: trace === undefined ? options.headers : { ...trace, ...options.headers },
    },
  };
}
