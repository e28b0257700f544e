import { describe, expect, it } from '@jest/globals';
import { keptHeaders, traceOf } from './kept-headers.js';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('the headers that go with documents', () => {
  it('are their trace, who asked first, and when they first failed', () => {
    const headers = {
      traceparent,
      tracestate: 'vendor=1',
      'signalbox-requested-by': 'ann',
      'signalbox-first-failed-at': 1_764_000_000_000,
    };
    const others = { 'signalbox-attempt': 3, 'x-death': [], CC: ['elsewhere'], mine: 'x' };
    expect(keptHeaders({ headers: { ...headers, ...others } })).toEqual(headers);
  });

  it('name the user who sent them, unless they were published again since', () => {
    const asker = { 'signalbox-requested-by': 'ann' };
    expect(keptHeaders({ headers: {}, userId: 'ann' })).toEqual(asker);
    expect(keptHeaders({ headers: asker, userId: 'indexer' })).toEqual(asker);
    expect(keptHeaders({ headers: {} })).toEqual({});
  });

  it('are small, whatever was sent', () => {
    const headers = {
      traceparent: { nested: true },
      tracestate: 'x'.repeat(513),
      'signalbox-requested-by': 'x'.repeat(100_000),
      'signalbox-first-failed-at': NaN,
    };
    expect(keptHeaders({ headers })).toEqual({});
  });

  it('say which trace the documents belong to, if they belong to one', () => {
    expect(traceOf(keptHeaders({ headers: { traceparent } }))).toBe(traceparent);
    expect(traceOf({})).toBeUndefined();
  });
});
