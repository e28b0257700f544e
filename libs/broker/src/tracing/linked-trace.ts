import {
  context,
  createContextKey,
  trace,
  type Context,
  type Link,
  type SpanContext,
} from '@opentelemetry/api';

const ASKED_BY = createContextKey('the span that asked for what goes on in traces of its own');

/**
 * The same course of things, but each span that begins in it is the root of a trace of its own, with a link to the span that
 * went on here. For what has no end in sight: a trace can be read, stored and sampled only as a whole, so one that grew for
 * weeks could never be. (https://opentelemetry.io/docs/concepts/signals/traces/#span-links)
 */
export function linkedTraces(from: Context): Context {
  const asking = trace.getSpanContext(from);
  return asking === undefined ? from : trace.deleteSpan(from).setValue(ASKED_BY, asking);
}

/** The links of a span that begins now: none where it has a parent. */
export function currentLinks(): Link[] | undefined {
  const active = context.active();
  const asking = askedBy(active);
  if (asking === undefined || trace.getSpanContext(active) !== undefined) return undefined;
  return [{ context: asking }];
}

/** The trace that this code runs in, or for; undefined when it does for none. */
export function currentTraceId(): string | undefined {
  const active = context.active();
  return (trace.getSpanContext(active) ?? askedBy(active))?.traceId;
}

function askedBy(scope: Context): SpanContext | undefined {
  return scope.getValue(ASKED_BY) as SpanContext | undefined;
}
