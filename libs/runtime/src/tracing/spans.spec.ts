import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanStatusCode, TraceFlags, context, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import {
  currentTraceId,
  currentTraceparent,
  inTrace,
  linkedTraces,
  spanning,
  unsampled,
} from '#broker';
import { turn } from '#supervisor';
import { AsyncContextManager } from './async-context-manager.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`;

describe('a span', () => {
  const exporter = new InMemorySpanExporter();

  beforeAll(() => {
    context.setGlobalContextManager(new AsyncContextManager());
    const spanProcessors = [new SimpleSpanProcessor(exporter)];
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  });
  beforeEach(() => exporter.reset());
  afterAll(() => {
    trace.disable();
    context.disable();
  });

  const work = async (): Promise<void> => turn();
  const spans = () =>
    exporter.getFinishedSpans().map((span) => ({
      name: span.name,
      traceId: span.spanContext().traceId,
      parent: span.parentSpanContext?.spanId,
      links: span.links.map((link) => link.context.spanId),
    }));

  it('belongs to the trace that was kept, and to no other', async () => {
    await spanning('other', {}, async () => {
      await inTrace(TRACEPARENT, () => spanning('kept', {}, work));
      await inTrace(null, () => spanning('none', {}, work));
      expect(inTrace('nonsense', currentTraceparent)).toBeUndefined();
    });
    const [kept, none, other] = spans();
    expect(kept).toEqual({ name: 'kept', traceId: TRACE, parent: SPAN, links: [] });
    expect(none).toMatchObject({ name: 'none', parent: undefined });
    expect(none?.traceId).not.toBe(other?.traceId);
    expect(inTrace(TRACEPARENT, currentTraceparent)).toBe(TRACEPARENT);
  });

  it('that is a root of linked traces names the span that asked; those in it do not', async () => {
    const asked = inTrace(TRACEPARENT, () => linkedTraces(context.active()));
    await context.with(asked, async () => {
      expect([currentTraceId(), currentTraceparent()]).toEqual([TRACE, undefined]);
      await spanning('one', {}, () => spanning('in it', {}, work));
      await spanning('two', {}, work);
    });
    const [inIt, one, two] = spans();
    expect(one).toMatchObject({ parent: undefined, links: [SPAN] });
    expect(two).toMatchObject({ parent: undefined, links: [SPAN] });
    expect(inIt).toMatchObject({ traceId: one?.traceId, links: [] });
    expect(new Set([TRACE, one?.traceId, two?.traceId]).size).toBe(3);
  });

  it('has no link where nobody asked in a trace', async () => {
    await context.with(linkedTraces(context.active()), () => spanning('alone', {}, work));
    expect(spans()).toMatchObject([{ parent: undefined, links: [] }]);
    expect(currentTraceId()).toBeUndefined();
  });

  it('says what its work threw, or what its result says', async () => {
    const failing = spanning('throws', {}, () => Promise.reject(new TypeError('broken')));
    await expect(failing).rejects.toThrow('broken');
    const problem = { code: 'exit-code', message: 'it ended with 1' };
    await spanning('fails', {}, work, () => problem);
    const ended = exporter.getFinishedSpans();
    expect(ended.map(({ attributes }) => attributes['error.type'])).toEqual([
      'TypeError',
      'exit-code',
    ]);
    expect(ended.map(({ status }) => status)).toEqual([
      { code: SpanStatusCode.ERROR, message: 'broken' },
      { code: SpanStatusCode.ERROR, message: 'it ended with 1' },
    ]);
  });

  it('is not kept of what is left out of the sample, which stays in its trace', async () => {
    await inTrace(TRACEPARENT, () => unsampled(() => spanning('unsampled', {}, work)));
    await unsampled(() => spanning('unsampled', {}, work));
    expect(spans()).toEqual([]);
    const told = inTrace(TRACEPARENT, () => unsampled(currentTraceparent));
    expect(told).toBe(`00-${TRACE}-${SPAN}-00`);
    const flags = unsampled(() => trace.getSpanContext(context.active())?.traceFlags);
    expect(flags).toBe(TraceFlags.NONE);
  });
});
