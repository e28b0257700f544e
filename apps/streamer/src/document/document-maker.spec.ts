import { describe, expect, it } from '@jest/globals';
import type { StreamFormat } from '#contracts';
import type { EventFields } from '../format/source-record.js';
import { DocumentMaker } from './document-maker.js';
import type { Made } from './document-maker.js';

const DAY = 86_400_000;
const BOUNDS = { from: Date.UTC(2016, 0, 1), to: Date.UTC(2027, 0, 1) };

interface Given {
  readonly format?: StreamFormat;
  readonly index?: string;
  readonly timestampField?: string;
  readonly type?: string;
}

function make(content: string | Buffer, given: Given = {}): Made {
  const { format = 'ndjson', index = 'logs', timestampField, type = '' } = given;
  const event: EventFields = { type, lastEventId: '', ordinal: 0 };
  const bytes = Buffer.from(content);
  return new DocumentMaker(
    { format, index, ...(timestampField !== undefined && { timestampField }) },
    BOUNDS,
  ).make({ bytes, offset: 7, lengthBytes: bytes.length, overlong: false, event });
}

function sourceOf(made: Made): string {
  if ('rejected' in made) throw new Error(`rejected: ${made.rejected.reason}`);
  return made.document.source.toString();
}

function indexOf(made: Made): string {
  if ('rejected' in made) throw new Error(`rejected: ${made.rejected.reason}`);
  return made.document.index;
}

describe('documents of NDJSON', () => {
  it('are the bytes of the line, not written anew', () => {
    const line = '{"b": 1.0, "a":"\\u00e9é",  "big":12345678901234567890}';
    expect(sourceOf(make(line))).toBe(line);
  });

  it('lose the space around them, which the bulk format does not take', () => {
    expect(sourceOf(make(' \t{"a":1}\r '))).toBe('{"a":1}');
  });

  it.each([
    ['text', 'hello', /not JSON/],
    ['half an object', '{"a":', /not JSON/],
    ['two objects', '{"a":1}{"a":2}', /not JSON/],
    ['an array', '[1]', /not an object/],
    ['null', 'null', /not an object/],
    ['space', '   ', /not JSON/],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      /not valid UTF-8/,
    ],
  ])('are not made of %s', (_what, line, reason) => {
    expect(make(line)).toEqual({
      rejected: {
        code: 'line-not-decodable',
        reason: expect.stringMatching(reason),
        bytes: Buffer.from(line),
        offset: 7,
        lengthBytes: line.length,
      },
    });
  });

  it("keep a replacement character that is the source's own", () => {
    expect(sourceOf(make('{"a":"\uFFFD"}'))).toBe('{"a":"\uFFFD"}');
  });

  it('are not made of what no message can carry', () => {
    const made = make(`{"a":"${'x'.repeat(600_000)}"}`);
    expect(made).toMatchObject({ rejected: { code: 'line-too-long', lengthBytes: 600_008 } });
    expect('rejected' in made && made.rejected.bytes.length).toBe(8 * 1024);
  });
});

describe('documents of event streams', () => {
  it('are data that is a JSON object, on one line', () => {
    expect(sourceOf(make('{"a":\n  "x\\ny"\n}', { format: 'sse', type: 'add' }))).toBe(
      '{"a":   "x\\ny" }',
    );
  });

  it.each([
    ['hello\nthere', '', '{"message":"hello\\nthere"}'],
    ['42', 'add', '{"message":"42","event":"add"}'],
    ['{not json}', '', '{"message":"{not json}"}'],
    ['', '', '{"message":""}'],
  ])('wrap any other data: %j', (data, type, source) => {
    expect(sourceOf(make(data, { format: 'sse', type }))).toBe(source);
  });

  it('decode as the standard says: what is not UTF-8 becomes U+FFFD', () => {
    const data = Buffer.from([0x7b, 0x22, 0x61, 0xff]);
    expect(sourceOf(make(data, { format: 'sse' }))).toBe('{"message":"{\\"a\uFFFD"}');
  });
});

describe('documents of lines', () => {
  it('hold the line as message', () => {
    expect(sourceOf(make('say "hi"\t\u0001é', { format: 'lines' }))).toBe(
      '{"message":"say \\"hi\\"\\t\\u0001é"}',
    );
  });

  it('show bytes that are not UTF-8 as U+FFFD', () => {
    expect(sourceOf(make(Buffer.from([0x61, 0xe9, 0x62]), { format: 'lines' }))).toBe(
      '{"message":"a\uFFFDb"}',
    );
  });
});

describe('the index of a document', () => {
  const dated = { index: 'logs-%Y.%m.%d', timestampField: 'time' };

  it.each([
    ['a text with a zone', '{"time":"2026-11-24T23:30:00-01:00"}', 'logs-2026.11.25'],
    ['a text without a zone, which is UTC', '{"time":"2026-11-24T23:30:00"}', 'logs-2026.11.24'],
    ['a date alone', '{"time":"2026-11-24"}', 'logs-2026.11.24'],
    ['seconds', '{"time":1764000000}', 'logs-2025.11.24'],
    ['milliseconds', '{"time":1764000000000}', 'logs-2025.11.24'],
    ['a time past the bounds', `{"time":${BOUNDS.to + 2 * DAY}}`, 'logs-late'],
    ['a text that is no date', '{"time":"yesterday 1"}', 'logs'],
    ['a field of another kind', '{"time":{}}', 'logs'],
    ['no such field', '{"at":"2026-11-24"}', 'logs'],
  ])('follows from %s', (_what, line, index) => {
    expect(indexOf(make(line, dated))).toBe(index);
  });

  it('finds a field by its name, then by its path', () => {
    const path = { ...dated, timestampField: 'event.created' };
    expect(indexOf(make('{"event":{"created":"2026-11-24"}}', path))).toBe('logs-2026.11.24');
    expect(
      indexOf(make('{"event.created":"2026-11-23","event":{"created":"2026-11-24"}}', path)),
    ).toBe('logs-2026.11.23');
    expect(indexOf(make('{"a":1}', { ...dated, timestampField: '__proto__.time' }))).toBe('logs');
  });

  it('changes with the day, and only within the bounds', () => {
    const bounds = { from: Date.UTC(2026, 10, 23, 12), to: Date.UTC(2026, 10, 24, 12) };
    const maker = new DocumentMaker({ format: 'ndjson', ...dated }, bounds);
    const times = ['23T11', '23T13', '23T14', '24T01', '24T13', '24T02', '23T13'];
    const indexes = times.map((time) => {
      const bytes = Buffer.from(`{"time":"2026-11-${time}:00:00Z"}`);
      return indexOf(maker.make({ bytes, offset: 0, lengthBytes: bytes.length, overlong: false }));
    });
    const [first, second] = ['logs-2026.11.23', 'logs-2026.11.24'];
    expect(indexes).toEqual(['logs-late', first, first, second, 'logs-late', second, first]);
  });

  it('is the plain name for lines, which carry no time', () => {
    expect(indexOf(make('2026-11-24 hello', { ...dated, format: 'lines' }))).toBe('logs');
  });
});
