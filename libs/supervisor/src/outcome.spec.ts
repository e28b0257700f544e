import { describe, expect, it } from '@jest/globals';
import { type AbortCause, outcomeOf, type Settlement } from './outcome.js';

const REASON = new Error('enough');
const OTHER = new Error('something else broke');
const cancelled: AbortCause = { reason: REASON };
const timedOut: AbortCause = { reason: REASON, deadline: 'run' };
const fulfilled: Settlement<string> = { status: 'fulfilled', value: 'done' };
const rejected: Settlement<string> = { status: 'rejected', error: OTHER };

describe('the outcome follows from the facts', () => {
  it.each<[AbortCause | undefined, Settlement<string> | undefined, object]>([
    [undefined, fulfilled, { status: 'succeeded', value: 'done', raced: false }],
    [undefined, rejected, { status: 'failed', error: OTHER, suppressed: [] }],
    [cancelled, fulfilled, { status: 'succeeded', value: 'done', raced: true }],
    [cancelled, rejected, { status: 'cancelled', reason: REASON, suppressed: [OTHER] }],
    [cancelled, undefined, { status: 'cancelled', reason: REASON, suppressed: [] }],
    [timedOut, fulfilled, { status: 'timed-out', which: 'run', late: { value: 'done' } }],
    [timedOut, rejected, { status: 'timed-out', which: 'run', suppressed: [OTHER] }],
    [timedOut, undefined, { status: 'timed-out', which: 'run', raced: false }],
  ])('C3 cause %j, settlement %j: %j', (cause, settlement, expected) => {
    const facts = { started: true, stuck: false, cause, settlement, suppressed: [] };
    expect(outcomeOf(facts)).toMatchObject(expected);
  });

  it('keeps a late value even when it is undefined', () => {
    const settlement: Settlement<undefined> = { status: 'fulfilled', value: undefined };
    const facts = { started: true, stuck: false, cause: timedOut, settlement, suppressed: [] };
    expect(outcomeOf(facts)).toMatchObject({ late: { value: undefined }, raced: true });
  });
});
