import { describe, expect, it } from '@jest/globals';
import type { StreamPosition } from '#contracts';
import { EventReader } from '../format/event-reader.js';
import { LineReader } from '../format/line-reader.js';
import type { RecordReader } from '../format/source-record.js';
import type { Cursor, ResponseHead } from './cursor.js';
import { newCursor } from './new-cursor.js';

const NONE = { by: 'none', parameter: 'since', overlapMs: 0, onGap: 'earliest' } as const;
const BYTES = { ...NONE, by: 'bytes' } as const;
const EVENT_ID = { ...NONE, by: 'event-id' } as const;
const ok: ResponseHead = { status: 200, headers: { etag: '"e"' } };

/** Reads a body through a cursor, and gives the ids of its documents. */
function idsOf(cursor: Cursor, reader: RecordReader, body: string): string[] {
  cursor.follow(reader);
  reader.write(Buffer.from(body));
  const ids: string[] = [];
  for (let record = reader.read(); record !== undefined; record = reader.read()) {
    ids.push(cursor.identify(record));
  }
  return ids;
}

const lines = (offset = 0): LineReader => new LineReader({ maxLineBytes: 1_000, offset });
const events = (lastEventId = ''): EventReader =>
  new EventReader({ maxLineBytes: 1_000, lastEventId });

describe('a cursor by bytes', () => {
  const make = (position?: StreamPosition) =>
    newCursor('s', 1, { format: 'ndjson', resume: BYTES }, position);

  it('asks for the whole first, then from where reading stands', () => {
    const cursor = make();
    expect(cursor.requestHeaders()).toEqual({});
    expect(cursor.position()).toBeUndefined();
    cursor.begin(ok);
    idsOf(cursor, lines(), '{}\n{}\n{"ha');
    expect(cursor.position()).toEqual({ by: 'bytes', etag: '"e"', offset: 6 });
    expect(cursor.requestHeaders()).toEqual({ range: 'bytes=6-', 'if-range': '"e"' });
  });

  it('calls a document the same wherever reading began, and whatever the epoch', () => {
    const whole = make();
    whole.begin(ok);
    const all = idsOf(whole, lines(), '{}\n{}\n{}\n');
    const later = newCursor(
      's',
      9,
      { format: 'ndjson', resume: BYTES },
      { by: 'bytes', etag: '"e"', offset: 3 },
    );
    later.begin({ status: 206, headers: { 'content-range': 'bytes 3-8/9' } });
    expect(idsOf(later, lines(3), '{}\n{}\n')).toEqual(all.slice(1));
    expect(new Set(all).size).toBe(3);
  });

  it('begins with the whole again once the position is forgotten', () => {
    const cursor = make({ by: 'bytes', etag: '"old"', offset: 3 });
    expect(cursor.begin(ok)).toMatchObject({ kind: 'gone' });
    expect(cursor.position()).toEqual({ by: 'bytes', etag: '"old"', offset: 3 });
    cursor.forget();
    expect(cursor.requestHeaders()).toEqual({});
    expect(cursor.begin(ok)).toEqual({ kind: 'begins', offset: 0 });
  });
});

describe('a cursor by event id', () => {
  const make = (position?: StreamPosition) =>
    newCursor('s', 1, { format: 'sse', resume: EVENT_ID }, position);

  it('asks to go on behind the last complete event, in UTF-8', () => {
    const cursor = make();
    cursor.begin(ok);
    idsOf(cursor, events(), 'id: é1\ndata: a\n\nid: 2\ndata: b\n');
    expect(cursor.position()).toEqual({ by: 'event-id', eventId: 'é1' });
    expect(cursor.requestHeaders()).toEqual({ 'last-event-id': 'Ã©1' });
  });

  it('calls an event the same on every connection', () => {
    const first = make();
    first.begin(ok);
    const all = idsOf(first, events(), 'id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n');
    const later = newCursor(
      's',
      5,
      { format: 'sse', resume: EVENT_ID },
      { by: 'event-id', eventId: '1' },
    );
    expect(later.begin(ok)).toEqual({ kind: 'begins', offset: 0 });
    expect(idsOf(later, events('1'), 'data: b\n\nid: 2\ndata: c\n\n')).toEqual(all.slice(1));
  });

  it('has nothing to go on from after an empty id, and says what that costs', () => {
    const cursor = make();
    cursor.begin(ok);
    const body = 'id: 1\ndata: a\n\nid\ndata: b\n\ndata: c\n\n';
    const first = idsOf(cursor, events(), body);
    expect(cursor.requestHeaders()).toEqual({});
    expect(cursor.begin(ok)).toMatchObject({ kind: 'begins', lost: expect.any(String) });
    const second = idsOf(cursor, events(), body);
    expect(second[0]).toBe(first[0]);
    expect(new Set([...first, ...second]).size).toBe(5);
  });
});

describe('a cursor for a source that cannot be resumed', () => {
  const make = (epoch: number, position?: StreamPosition) =>
    newCursor('s', epoch, { format: 'lines', resume: NONE }, position);

  it('counts connections and documents', () => {
    const cursor = make(1);
    expect(cursor.position()).toBeUndefined();
    expect(cursor.begin(ok)).toEqual({ kind: 'begins', offset: 0 });
    const first = idsOf(cursor, lines(), 'a\nb\n');
    expect(cursor.position()).toEqual({ by: 'none', connection: 1, ordinal: 2 });
    expect(cursor.begin(ok)).toMatchObject({ kind: 'begins', lost: expect.any(String) });
    const second = idsOf(cursor, lines(), 'a\nb\n');
    expect(new Set([...first, ...second]).size).toBe(4);
  });

  it('reports what was lost since an earlier owner, and keeps its position until then', () => {
    const earlier = { by: 'none', connection: 3, ordinal: 7 } as const;
    const cursor = make(2, earlier);
    expect(cursor.position()).toEqual(earlier);
    expect(cursor.begin(ok)).toMatchObject({ lost: expect.any(String) });
  });

  it('calls documents of two epochs differently', () => {
    const [one, two] = [make(1), make(2)].map((cursor) => {
      cursor.begin(ok);
      return idsOf(cursor, lines(), 'a\n');
    });
    expect(one).not.toEqual(two);
  });
});

describe('newCursor', () => {
  it.each([
    [{ format: 'ndjson', resume: EVENT_ID }, /needs format "sse"/],
    [{ format: 'ndjson', resume: { ...BYTES, onGap: 'latest' } }, /"latest" is not offered/],
    [{ format: 'ndjson', resume: { ...NONE, by: 'time' } }, /"time" is not offered/],
  ] as const)('refuses %j', (settings, message) => {
    expect(() => newCursor('s', 1, settings)).toThrow(message);
  });
});
