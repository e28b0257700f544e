import { createTraceState } from '@opentelemetry/api';
import { describe, expect, it } from '@jest/globals';
import { activeTraceHeaders, senderSpanOf, traceHeadersOf } from './trace-headers.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const GOOD = `00-${TRACE}-${SPAN}-01`;

describe('the trace headers of a message', () => {
  it('say which span it was sent in, and whether that is sampled', () => {
    const sender = { traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true };
    expect(senderSpanOf({ traceparent: GOOD })).toEqual(sender);
    expect(senderSpanOf({ traceparent: `00-${TRACE}-${SPAN}-00` })).toEqual({
      ...sender,
      traceFlags: 0,
    });
  });

  it('come out as they went in', () => {
    const headers = { traceparent: GOOD, tracestate: 'a=1,b=2' };
    const sender = senderSpanOf(headers);
    expect(sender && traceHeadersOf(sender)).toEqual(headers);
    const state = createTraceState('');
    expect(sender && traceHeadersOf({ ...sender, traceState: state })).toEqual({
      traceparent: GOOD,
    });
  });

  it('may be of a later version, which adds to them', () => {
    expect(senderSpanOf({ traceparent: `01-${TRACE}-${SPAN}-01-more` })).toMatchObject({
      traceId: TRACE,
    });
  });

  it.each([
    ['none', undefined],
    ['a number', 12],
    ['bytes', Buffer.from(GOOD)],
    ['nothing', ''],
    ['nonsense', 'nonsense'],
    ['a trace without a span', `00-${TRACE}`],
    ['capitals', GOOD.toUpperCase()],
    ['zeros for a trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['zeros for a span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a version that will never be', `ff-${TRACE}-${SPAN}-01`],
    ['more than this version has', `${GOOD}-more`],
    ['an id that is too long', `00-${TRACE}0-${SPAN}-01`],
    ['a line break', `${GOOD}\n`],
  ])('are ignored when they are wrong: %s', (_, traceparent) => {
    expect(senderSpanOf({ traceparent })).toBeUndefined();
  });

  it.each([[5], ['x'.repeat(600)], ['==,,']])(
    'keep a good traceparent beside a wrong tracestate (%#)',
    (tracestate) => {
      const sender = senderSpanOf({ traceparent: GOOD, tracestate });
      expect(sender && traceHeadersOf(sender)).toEqual({ traceparent: GOOD });
    },
  );

  it('are none outside of a trace', () => {
    expect(activeTraceHeaders()).toBeUndefined();
  });
});
