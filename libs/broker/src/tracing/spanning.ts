import { context, trace, type Attributes } from '@opentelemetry/api';
import { currentLinks } from './linked-trace.js';
import { currentTracer, noteProblem, untilOver, type Problem } from './tracer.js';

/**
 * Does a piece of work within a span of its own, to which belongs what it begins and publishes; the span lasts until the work is
 * done. What it throws stands in the span, and what `problemOf` finds in its result. Without an SDK the work is done, and no
 * span is made.
 */
export function spanning<T>(
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
  problemOf: (result: T) => Problem | undefined = () => undefined,
): Promise<T> {
  const tracer = currentTracer();
  if (tracer === undefined) return work();
  const span = tracer.startSpan(name, { attributes, links: currentLinks() });
  const judged = async (): Promise<T> => {
    const result = await work();
    const problem = problemOf(result);
    if (problem !== undefined) noteProblem(span, problem);
    return result;
  };
  return context.with(trace.setSpan(context.active(), span), () => untilOver(span, judged()));
}
