import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LineSplitter, OVERLONG_HEAD_BYTES } from './line-splitter.js';
import type { Line, LineSplitterOptions } from './line-splitter.js';

function split(chunks: readonly Buffer[], options: LineSplitterOptions): Line[] {
  const splitter = new LineSplitter(options);
  const lines: Line[] = [];
  for (const chunk of chunks) {
    splitter.write(chunk);
    for (let line = splitter.read(); line !== undefined; line = splitter.read()) lines.push(line);
  }
  const last = splitter.end();
  return last === undefined ? lines : [...lines, last];
}

function texts(body: string, endings: 'lf' | 'any'): string[] {
  return split([Buffer.from(body)], { maxLineBytes: 1_000, endings }).map(({ bytes }) =>
    bytes.toString(),
  );
}

/** Cuts a body at arbitrary places. */
function cut(body: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (body.length + 1)))].toSorted(
    (a, b) => a - b,
  );
  return [...at, body.length].map((end, index) => body.subarray(at[index - 1] ?? 0, end));
}

const bodies = fc
  .array(fc.constantFrom('a', 'bc', 'é', '\n', '\r', '\r\n', '\n\n', '\uFEFF'), { maxLength: 60 })
  .map((parts) => Buffer.from(parts.join('')));
const places = fc.array(fc.nat(200), { maxLength: 12 });

describe('LineSplitter', () => {
  it('ends lines at newlines alone, and leaves carriage returns in them', () => {
    expect(texts('a\r\nb\rc\n\nd', 'lf')).toEqual(['a\r', 'b\rc', '', 'd']);
  });

  it('ends lines at any of the three endings of event streams', () => {
    expect(texts('a\r\nb\rc\n\n\r\rd', 'any')).toEqual(['a', 'b', 'c', '', '', '', 'd']);
  });

  it('has no last line when the body ends with a delimiter', () => {
    expect(texts('a\n', 'lf')).toEqual(['a']);
    expect(texts('', 'lf')).toEqual([]);
  });

  it('takes a byte order mark at the beginning of the body only, and counts it in the offsets', () => {
    const [first, second] = split([Buffer.from('\uFEFFa\n\uFEFFb\n')], {
      maxLineBytes: 100,
      endings: 'lf',
    });
    expect(first).toMatchObject({ bytes: Buffer.from('a'), offset: 3, lengthBytes: 1 });
    expect(second).toMatchObject({ bytes: Buffer.from('\uFEFFb'), offset: 5 });
    const [resumed] = split([Buffer.from('\uFEFFa\n')], {
      maxLineBytes: 100,
      endings: 'lf',
      offset: 10,
    });
    expect(resumed?.bytes.toString()).toBe('\uFEFFa');
  });

  it.each(['lf', 'any'] as const)(
    'gives the same lines however the body is cut (%s)',
    (endings) => {
      fc.assert(
        fc.property(bodies, places, (body, at) => {
          const options = { maxLineBytes: 1_000, endings };
          expect(split(cut(body, at), options)).toEqual(split([body], options));
        }),
        { numRuns: 500 },
      );
    },
  );

  it('gives lines and offsets from which the body can be put together', () => {
    fc.assert(
      fc.property(bodies, places, (body, at) => {
        for (const { bytes, offset } of split(cut(body, at), {
          maxLineBytes: 1_000,
          endings: 'any',
        })) {
          expect(body.subarray(offset, offset + bytes.length)).toEqual(bytes);
        }
      }),
    );
  });

  it('skips a line over the limit to its delimiter, and keeps head, length and offset', () => {
    const long = Buffer.from('x'.repeat(20_000));
    fc.assert(
      fc.property(places, (at) => {
        const body = Buffer.concat([Buffer.from('a\n'), long, Buffer.from('\nb\n')]);
        const lines = split(cut(body, at), { maxLineBytes: 10_000, endings: 'lf' });
        expect(lines.map(({ overlong }) => overlong)).toEqual([false, true, false]);
        expect(lines[1]).toMatchObject({ offset: 2, lengthBytes: 20_000 });
        expect(lines[1]?.bytes).toEqual(long.subarray(0, OVERLONG_HEAD_BYTES));
        expect(lines[2]).toMatchObject({ bytes: Buffer.from('b'), offset: 20_003 });
      }),
    );
  });

  it('knows a line over a limit below the size of the head as over-long too', () => {
    const body = Buffer.from(`${'y'.repeat(2_000)}\n`);
    for (const chunks of [[body], cut(body, [1, 900, 1_500])]) {
      const [line] = split(chunks, { maxLineBytes: 1_024, endings: 'lf' });
      expect(line).toMatchObject({ overlong: true, lengthBytes: 2_000 });
      expect(line?.bytes.length).toBe(2_000);
    }
  });

  it('takes a line of exactly the limit', () => {
    const [line] = split([Buffer.from('z'.repeat(5)), Buffer.from('z'.repeat(5))], {
      maxLineBytes: 10,
      endings: 'lf',
    });
    expect(line).toMatchObject({ overlong: false, lengthBytes: 10 });
  });

  it('stands behind the last line read while a line is unfinished', () => {
    const splitter = new LineSplitter({ maxLineBytes: 100, endings: 'lf', offset: 50 });
    splitter.write(Buffer.from('ab\ncd'));
    expect(splitter.position).toBe(50);
    splitter.read();
    expect(splitter.position).toBe(53);
    expect(splitter.read()).toBeUndefined();
    expect(splitter.position).toBe(53);
  });
});
