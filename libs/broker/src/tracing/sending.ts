import { SpanKind, type Attributes } from '@opentelemetry/api';
import type { OutgoingMessage } from '../publish/outgoing-message.js';
import { currentLinks } from './linked-trace.js';
import { traceHeadersOf } from './trace-headers.js';
import { currentTracer, untilOver } from './tracer.js';

/** What sending a message is part of: telling it, or asking and waiting for the answer. */
export type SendOperation = 'publish' | 'request';

/**
 * Sends a message within a span of its own, in whose name it travels; the span lasts until `send` is done.
 * Without an SDK the message goes as it is, and no span is made.
 */
export function sending<T>(
  operation: SendOperation,
  message: OutgoingMessage,
  send: (message: OutgoingMessage) => Promise<T>,
): Promise<T> {
  const tracer = currentTracer();
  if (tracer === undefined) return send(message);
  const span = tracer.startSpan(`${operation} ${message.properties.type}`, {
    kind: operation === 'publish' ? SpanKind.PRODUCER : SpanKind.CLIENT,
    attributes: attributesOf(operation, message),
    links: currentLinks(),
  });
  const headers: unknown = message.properties.headers;
  const properties = {
    ...message.properties,
    headers: { ...(headers as object | undefined), ...traceHeadersOf(span.spanContext()) },
  };
  return untilOver(span, send({ ...message, properties }));
}

/** As OpenTelemetry's conventions for messaging, and for RabbitMQ, have them. */
function attributesOf(operation: SendOperation, message: OutgoingMessage): Attributes {
  const { exchange, routingKey, body, properties } = message;
  return {
    'messaging.system': 'rabbitmq',
    'messaging.operation.name': operation,
    'messaging.operation.type': 'send',
    'messaging.destination.name': exchange === '' ? routingKey : `${exchange}:${routingKey}`,
    'messaging.rabbitmq.destination.routing_key': routingKey,
    'messaging.message.id': properties.messageId,
    'messaging.message.conversation_id': properties.correlationId,
    'messaging.message.body.size': body.length,
    'signalbox.message.type': properties.type,
  };
}
