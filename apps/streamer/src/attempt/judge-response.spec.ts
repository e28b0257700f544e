import { describe, expect, it } from '@jest/globals';
import type { StreamFormat } from '#contracts';
import { ByteCursor } from '../position/byte-cursor.js';
import type { Cursor } from '../position/cursor.js';
import { OrdinalCursor } from '../position/ordinal-cursor.js';
import { judgeResponse } from './judge-response.js';
import type { Verdict } from './judge-response.js';

type Headers = Record<string, string>;

function judge(
  status: number,
  headers: Headers = {},
  format: StreamFormat = 'ndjson',
  cursor: Cursor = new OrdinalCursor('s', 1),
): Verdict {
  return judgeResponse({ status, headers }, format, cursor);
}

const at = (offset: number) => new ByteCursor('s', { by: 'bytes', etag: '"e"', offset });

describe('judgeResponse', () => {
  it.each([
    [204, 'no-content'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [410, 'position-lost'],
    [408, 'interrupted'],
    [429, 'interrupted'],
    [500, 'interrupted'],
    [503, 'interrupted'],
    [301, 'refused'],
    [400, 'refused'],
    [404, 'refused'],
    [201, 'refused'],
  ])('takes %i for %s', (status, kind) => {
    expect(judge(status)).toMatchObject({ end: { kind } });
  });

  it('hands on how long the source asks to be left alone', () => {
    expect(judge(503, { 'retry-after': '12' })).toMatchObject({ end: { retryAfterMs: 12_000 } });
    expect(judge(429, { 'retry-after': '999999' })).toMatchObject({
      end: { retryAfterMs: 3_600_000 },
    });
    expect(judge(429, { 'retry-after': 'soon' })).toMatchObject({
      end: { retryAfterMs: undefined },
    });
    const inTenSeconds = new Date(Date.now() + 10_000).toUTCString();
    const { end } = judge(429, { 'retry-after': inTenSeconds }) as Extract<
      Verdict,
      { end: unknown }
    >;
    const { retryAfterMs } = end as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(7_000);
    expect(retryAfterMs).toBeLessThanOrEqual(10_000);
  });

  it.each<[StreamFormat, string, boolean]>([
    ['ndjson', 'application/x-ndjson; charset=utf-8', true],
    ['ndjson', 'application/json', true],
    ['ndjson', 'text/plain', true],
    ['ndjson', '', true],
    ['ndjson', 'text/html', false],
    ['ndjson', 'text/event-stream', false],
    ['sse', 'text/event-stream', true],
    ['sse', 'Text/Event-Stream;charset=latin1', true],
    ['sse', 'text/plain', false],
    ['sse', '', false],
    ['lines', 'text/plain; charset="UTF-8"', true],
    ['lines', 'application/octet-stream', true],
    ['lines', 'text/plain; charset=iso-8859-1', false],
    ['lines', 'text/html; charset=utf-8', false],
    ['lines', 'multipart/byteranges; boundary=x', false],
  ])('reads format %s of content type "%s": %p', (format, type, readable) => {
    const verdict = judge(200, { 'content-type': type }, format);
    expect(verdict).toMatchObject(
      readable ? { read: { offset: 0 } } : { end: { kind: 'refused', code: 'wrong-content-type' } },
    );
  });

  it('refuses a coding that was not asked for', () => {
    expect(judge(200, { 'content-encoding': 'gzip' })).toMatchObject({ end: { kind: 'refused' } });
    expect(judge(200, { 'content-encoding': 'identity' })).toHaveProperty('read');
  });

  describe('for a source that is resumed by bytes', () => {
    const part = (range: string, etag = '"e"') =>
      judge(206, { 'content-range': range, etag }, 'ndjson', at(100));

    it('reads on only exactly where it was', () => {
      expect(part('bytes 100-199/200')).toEqual({ read: { kind: 'begins', offset: 100 } });
      expect(part('bytes 100-199/*')).toEqual({ read: { kind: 'begins', offset: 100 } });
      for (const range of [
        'bytes 99-199/200',
        'bytes 101-199/200',
        'bytes */200',
        '',
        'items 100-1/2',
      ]) {
        expect(() => part(range)).toThrow(/from 100 on/);
      }
      expect(() => part('bytes 100-199/200', '"other"')).toThrow(/"other"/);
    });

    it('takes a whole answer for a changed source', () => {
      const verdict = judge(200, { etag: '"f"' }, 'ndjson', at(100));
      expect(verdict).toMatchObject({ end: { kind: 'position-lost' } });
    });

    it('tells a source without news from one that shrank', () => {
      const cursor = at(100);
      expect(judge(416, { 'content-range': 'bytes */100' }, 'ndjson', cursor)).toEqual({
        end: { kind: 'finished' },
      });
      expect(judge(416, { 'content-range': 'bytes */50' }, 'ndjson', cursor)).toMatchObject({
        end: { kind: 'position-lost' },
      });
    });

    it.each<Headers>([{}, { etag: 'W/"weak"' }])(
      'refuses a source without a strong entity tag: %j',
      (headers) => {
        expect(() => judge(200, headers, 'ndjson', new ByteCursor('s'))).toThrow(/strong ETag/);
      },
    );
  });

  it('refuses a partial answer to a plain request', () => {
    expect(judge(206, { 'content-range': 'bytes 0-9/10' })).toMatchObject({
      end: { kind: 'position-lost' },
    });
    expect(() =>
      judge(206, { 'content-range': 'bytes 0-9/10', etag: '"e"' }, 'ndjson', new ByteCursor('s')),
    ).toThrow(/from 0 on/);
  });
});
