import {
  context,
  createTraceState,
  isSpanContextValid,
  trace,
  type SpanContext,
} from '@opentelemetry/api';

/** Headers of a message that say which trace it belongs to (W3C Trace Context; its AMQP binding uses the same names). */
export interface TraceHeaders {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Version, trace id, parent id, flags; what a later version adds stands behind them. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const VERSION = '00';

/** The headers that make a message part of a span. */
export function traceHeadersOf({
  traceId,
  spanId,
  traceFlags,
  traceState,
}: SpanContext): TraceHeaders {
  const flags = traceFlags.toString(16).padStart(2, '0');
  const tracestate = traceState?.serialize();
  return {
    traceparent: `${VERSION}-${traceId}-${spanId}-${flags}`,
    ...(tracestate && { tracestate }),
  };
}

/** The headers that make a message part of what goes on; none outside of a trace. */
export function activeTraceHeaders(): TraceHeaders | undefined {
  const active = trace.getSpanContext(context.active());
  return active !== undefined && isSpanContextValid(active) ? traceHeadersOf(active) : undefined;
}

/** The span that a message was sent in. Undefined when it names none, or not as the specification has it: then it is ignored. */
export function senderSpanOf(headers: Readonly<Record<string, unknown>>): SpanContext | undefined {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string') return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] =
    TRACEPARENT.exec(traceparent) ?? [];
  if (version === VERSION && more !== undefined) return undefined;
  const sender: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(typeof tracestate === 'string' && { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(sender) ? sender : undefined;
}
