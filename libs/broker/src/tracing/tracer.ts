import { SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api';

const NAME = 'signalbox-broker';

/** The provider that the API gives out until, and after, an SDK is registered. */
interface Delegating {
  getDelegateTracer(name: string): Tracer | undefined;
}

/** The tracer of the process. Undefined while no SDK is registered: then no span need be made at all. */
export function currentTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  return isDelegating(provider) ? provider.getDelegateTracer(NAME) : provider.getTracer(NAME);
}

function isDelegating(provider: object): provider is Delegating {
  return 'getDelegateTracer' in provider;
}

/** Ends a span with the work it stands for; what makes that fail stands in it. */
export async function untilOver<T>(span: Span, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    noteFailure(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** What went wrong: a stable code, and for people. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** Says in a span what was thrown. */
export function noteFailure(span: Span, error: unknown): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  const { name, message } = failure;
  const code = 'code' in failure && typeof failure.code === 'string' ? failure.code : name;
  span.recordException(failure);
  noteProblem(span, { code, message });
}

/** Says in a span what went wrong. */
export function noteProblem(span: Span, { code, message }: Problem): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
