import { describe, expect, it } from '@jest/globals';
import { Hints } from './hints.js';
import { lagFinding } from './lag-finding.js';

const hints = new Hints({ vhost: '/', mesh: undefined, workingDirectory: '/' });

describe('the lag of the record', () => {
  it.each([
    [0, 0, 'ok', '0 s behind what is published'],
    [9_999, 400, 'ok', '9 s behind what is published'],
    [10_000, 400, 'trouble', '10.0 s behind what is published, 400 more messages waiting'],
    [3_720_000, 1, 'trouble', '1 h 02 min behind what is published, 1 more message waiting'],
  ] as const)('of %d ms with %d messages waiting is %s', (lagMs, messages, state, says) => {
    const finding = lagFinding(lagMs, { messages, consumers: 1 }, hints);
    expect(finding).toMatchObject({ check: 'record lag', state, says });
    expect(finding.next !== undefined).toBe(state === 'trouble');
  });

  it.each([
    ['nothing waits and nobody reads', { messages: 0, consumers: 0 }, 'ok', '0 s behind'],
    ['something waits', { messages: 7, consumers: 0 }, 'unknown', '7 messages waiting'],
    ['a reader may hold some', { messages: 0, consumers: 1 }, 'unknown', 'does not say'],
    ['the queue could not be looked at', undefined, 'unknown', 'does not say'],
  ] as const)('without an answer, when %s', (_, queue, state, says) => {
    const finding = lagFinding(undefined, queue, hints);
    expect(finding).toMatchObject({ state, says: expect.stringContaining(says) });
  });
});
