import { ROOT_CONTEXT, context, trace } from '@opentelemetry/api';
import { activeTraceHeaders, senderSpanOf } from './trace-headers.js';

/** The span that goes on, as a `traceparent` that can be stored; undefined outside of a trace. */
export function currentTraceparent(): string | undefined {
  return activeTraceHeaders()?.traceparent;
}

/**
 * Does work in the trace that a stored `traceparent` names, and in no other: what it publishes belongs there. Without one it
 * belongs to no trace.
 */
export function inTrace<T>(traceparent: string | null | undefined, work: () => T): T {
  const kept = senderSpanOf({ traceparent });
  const scope = kept === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, kept);
  return context.with(scope, work);
}
