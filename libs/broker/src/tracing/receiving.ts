import {
  ROOT_CONTEXT,
  SpanKind,
  context,
  createContextKey,
  trace,
  type Attributes,
  type Context,
} from '@opentelemetry/api';
import type { IncomingMessage } from '../delivery/incoming-message.js';
import { senderSpanOf } from './trace-headers.js';
import { currentTracer, noteFailure, untilOver } from './tracer.js';

const MESSAGE_ID = createContextKey('the id of the message that is being handled');

/**
 * Handles a delivery in the trace of who sent it, within a span of its own (none without an SDK). `handle` begins before this
 * returns. What the handler publishes belongs to the same trace, and so does what it leaves running.
 */
export function receiving<T>(
  queue: string,
  message: IncomingMessage,
  handle: () => Promise<T>,
): Promise<T> {
  const sent = sentContext(message);
  const tracer = currentTracer();
  if (tracer === undefined) return context.with(sent, handle);
  const span = tracer.startSpan(
    `process ${queue}`,
    {
      kind: message.replyTo === undefined ? SpanKind.CONSUMER : SpanKind.SERVER,
      attributes: attributesOf(queue, message),
    },
    sent,
  );
  return context.with(trace.setSpan(sent, span), () => untilOver(span, handle()));
}

/** Says in the span of a delivery why it failed, when the transport deals with that and throws nothing. */
export function deliveryFailed(error: unknown): void {
  const span = trace.getActiveSpan();
  if (span?.isRecording() === true) noteFailure(span, error);
}

/** The id of the message in whose course this code runs; undefined when it runs for none. Needs a context manager. */
export function currentMessageId(): string | undefined {
  const id = context.active().getValue(MESSAGE_ID);
  return typeof id === 'string' ? id : undefined;
}

/** Nothing of where the delivery happens to arrive: only what its sender said. */
function sentContext({ messageId, headers }: IncomingMessage): Context {
  const about = ROOT_CONTEXT.setValue(MESSAGE_ID, messageId);
  const sender = senderSpanOf(headers);
  return sender === undefined ? about : trace.setSpanContext(about, sender);
}

/** As OpenTelemetry's conventions for messaging, and for RabbitMQ, have them. */
function attributesOf(queue: string, message: IncomingMessage): Attributes {
  const { routingKey, messageId, correlationId, body, type, redelivered } = message;
  return {
    'messaging.system': 'rabbitmq',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': routingKey === queue ? queue : `${routingKey}:${queue}`,
    'messaging.rabbitmq.destination.routing_key': routingKey,
    'messaging.message.id': messageId,
    'messaging.message.conversation_id': correlationId,
    'messaging.message.body.size': body.length,
    'signalbox.message.type': type,
    'signalbox.message.redelivered': redelivered,
  };
}
