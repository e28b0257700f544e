import { describe, expect, it } from '@jest/globals';
import { eventTimeReader } from './event-time.js';

const eventTimeOf = eventTimeReader('@timestamp');

const of = (time: unknown): number | undefined =>
  eventTimeOf(Buffer.from(JSON.stringify({ message: 'x', '@timestamp': time })));

describe('eventTimeReader', () => {
  it.each([
    ['2025-11-24T10:00:00.123Z', Date.UTC(2025, 10, 24, 10, 0, 0, 123)],
    ['2025-11-24T10:00:00.123456789Z', Date.UTC(2025, 10, 24, 10, 0, 0, 123)],
    ['2025-11-24T10:00:00,5Z', Date.UTC(2025, 10, 24, 10, 0, 0, 500)],
    ['2025-11-24T12:00:00+02:00', Date.UTC(2025, 10, 24, 10)],
    ['2025-11-24T12:00:00+0200', Date.UTC(2025, 10, 24, 10)],
    ['2025-11-24T10:00', Date.UTC(2025, 10, 24, 10)],
    ['2025-11-24 10:00:00', Date.UTC(2025, 10, 24, 10)],
    ['2025-11-24', Date.UTC(2025, 10, 24)],
    [1_763_978_400_123, 1_763_978_400_123],
  ])('reads %s', (time, expected) => {
    expect(of(time)).toBe(expected);
  });

  it.each(['Dec 10 06:55:46', '2025-13-01', '12', '', null, true, 1.5, 1e300, -1e15, { a: 1 }])(
    'has no time for %j',
    (time) => {
      expect(of(time)).toBeUndefined();
    },
  );

  it('looks at the field of the document only, not at one inside it or at a text', () => {
    expect(eventTimeOf(Buffer.from('{"a":{"@timestamp":"2025-11-24"}}'))).toBeUndefined();
    expect(eventTimeOf(Buffer.from(String.raw`{"a":"\"@timestamp\": 5"}`))).toBeUndefined();
  });

  it('has no time for what is no JSON', () => {
    expect(eventTimeOf(Buffer.from('{"@timestamp":nope}'))).toBeUndefined();
  });
});
