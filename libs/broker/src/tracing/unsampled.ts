import { randomBytes } from 'node:crypto';
import { TraceFlags, context, trace } from '@opentelemetry/api';
import { currentTracer } from './tracer.js';

/**
 * Publishes what comes again and again and what nobody would look for in a trace, such as a tick, or live output: it is said to be
 * left out of the sample, so that no span of it is kept, neither here nor by those who get it.
 */
export function unsampled<T>(publish: () => T): T {
  if (currentTracer() === undefined) return publish();
  const active = context.active();
  const span = { ...(trace.getSpanContext(active) ?? anySpan()), traceFlags: TraceFlags.NONE };
  return context.with(trace.setSpanContext(active, span), publish);
}

function anySpan(): { readonly traceId: string; readonly spanId: string } {
  return { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
}
