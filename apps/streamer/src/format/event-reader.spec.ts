import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventReader } from './event-reader.js';
import type { SourceRecord } from './source-record.js';

interface Options {
  readonly maxLineBytes?: number;
  readonly lastEventId?: string;
}

function readAll(chunks: readonly (string | Buffer)[], options: Options = {}) {
  const reader = new EventReader({ maxLineBytes: 10_000, ...options });
  const records: SourceRecord[] = [];
  for (const chunk of chunks) {
    reader.write(Buffer.from(chunk));
    for (let record = reader.read(); record !== undefined; record = reader.read()) {
      records.push(record);
    }
  }
  return { records, reader };
}

/** Data, type and id of every event of a body. */
function events(body: string, options?: Options): (string | undefined)[][] {
  return readAll([body], options).records.map(({ bytes, event }) => [
    bytes.toString(),
    event?.type,
    event?.lastEventId,
  ]);
}

/** The numbers under which the events of a body are known. */
function numbers(body: string, options?: Options): string[] {
  return readAll([body], options).records.map(
    ({ event }) => `${event?.lastEventId ?? ''}/${event?.ordinal ?? ''}`,
  );
}

describe('EventReader', () => {
  // The examples of the HTML standard, 9.2.6.
  it.each([
    [
      'joins data lines with newlines',
      'data: YHOO\ndata: +2\ndata: 10\n\n',
      [['YHOO\n+2\n10', '', '']],
    ],
    [
      'knows comments, ids, their reset, and drops what the end cuts off',
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event',
      [
        ['first event', '', '1'],
        ['second event', '', ''],
      ],
    ],
    [
      'takes empty data for an event, and a block without data for none',
      'data\n\ndata\ndata\n\ndata:',
      [
        ['', '', ''],
        ['\n', '', ''],
      ],
    ],
    [
      'takes away one space behind the colon',
      'data:test\n\ndata: test\n\n',
      [
        ['test', '', ''],
        ['test', '', ''],
      ],
    ],
    [
      'knows types',
      'event: add\ndata: 73857293\n\ndata: 1\n\n',
      [
        ['73857293', 'add', ''],
        ['1', '', ''],
      ],
    ],
    [
      'reads all three line endings',
      'data: a\r\ndata: b\rdata: c\n\r\ndata: d\r\r',
      [
        ['a\nb\nc', '', ''],
        ['d', '', ''],
      ],
    ],
    ['skips a byte order mark', '\uFEFFdata: a\n\n', [['a', '', '']]],
    ['does not skip a second one', '\uFEFF\uFEFFdata: a\n\n', []],
    [
      'ignores fields it does not know',
      'datas: x\nDATA: y\nid2: 3\ndata: a\nfoo\n\n',
      [['a', '', '']],
    ],
    [
      'ignores an id with NUL',
      'id: a\ndata: 1\n\nid: b\0c\ndata: 2\n\n',
      [
        ['1', '', 'a'],
        ['2', '', 'a'],
      ],
    ],
    ['drops a type without data', 'event: x\n\ndata: 1\n\n', [['1', '', '']]],
  ])('%s', (_name, body, expected) => {
    expect(events(body)).toEqual(expected);
  });

  it('does not count the id of an incomplete event', () => {
    const { reader } = readAll(['id: 1\ndata: a\n\nid: 2\ndata: b\n']);
    expect(reader.lastEventId).toBe('1');
    expect(reader.position).toBe('id: 1\ndata: a\n\n'.length);
    expect(reader.end()).toBeUndefined();
  });

  it('counts the id of a block without data', () => {
    const { reader, records } = readAll(['id: 7\n\n']);
    expect(records).toEqual([]);
    expect(reader.lastEventId).toBe('7');
  });

  it('takes retry only when it is all digits', () => {
    expect(readAll(['retry: 1500\n\n']).reader.retryMs).toBe(1_500);
    expect(readAll(['retry: 15x\nretry: -1\nretry:\nretry\n\n']).reader.retryMs).toBeUndefined();
  });

  it('ignores an id that no header could carry back', () => {
    expect(
      events(`id: ${'x'.repeat(1_025)}\ndata: 1\n\nid: a\u0001\ndata: 2\n\nid: é\ndata: 3\n\n`),
    ).toEqual([
      ['1', '', ''],
      ['2', '', ''],
      ['3', '', 'é'],
    ]);
  });

  it('gives the same events however the body is cut', () => {
    const fields = ['data: a', 'data', 'data:é', ':c', 'id: 1', 'id: 2', 'id', 'event: e', 'x: y'];
    const parts = fc.constantFrom(...fields, '\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), fc.array(fc.nat(300)), (all, places) => {
        const body = Buffer.from(all.join(''));
        const at = places.map((place) => place % (body.length + 1)).toSorted((a, b) => a - b);
        const chunks = [...at, body.length].map((end, i) => body.subarray(at[i - 1] ?? 0, end));
        const [whole, cut] = [readAll([body]), readAll(chunks)];
        expect(cut.records).toEqual(whole.records);
        expect(cut.reader.lastEventId).toBe(whole.reader.lastEventId);
      }),
      { numRuns: 500 },
    );
  });

  describe('numbers the events under an id', () => {
    it('from 0 for the one that sets it', () => {
      expect(numbers('id: a\ndata: 1\n\ndata: 2\n\ndata: 3\n\nid: b\ndata: 4\n\n')).toEqual([
        'a/0',
        'a/1',
        'a/2',
        'b/0',
      ]);
    });

    it('the same whether a resumed source goes on behind the id or begins with it', () => {
      expect(numbers('data: 2\n\ndata: 3\n\n', { lastEventId: 'a' })).toEqual(['a/1', 'a/2']);
      expect(numbers('id: a\ndata: 1\n\ndata: 2\n\n', { lastEventId: 'a' })).toEqual([
        'a/0',
        'a/1',
      ]);
    });

    it('apart when a source repeats the id', () => {
      expect(numbers('id: a\ndata: 1\n\nid: a\ndata: 2\n\n')).toEqual(['a/0', 'a/1']);
    });

    it('without counting what keeps the connection alive', () => {
      expect(numbers('id: a\ndata: 1\n\n:\n\nid: a\n\nretry: 5\n\ndata: 2\n\n')).toEqual([
        'a/0',
        'a/1',
      ]);
    });
  });

  it('takes an event with too much data as over-long, and reads on behind it', () => {
    const line = `data: ${'x'.repeat(600)}\n`;
    const { records } = readAll([`id: 1\n${line.repeat(3)}\n`, 'id: 2\ndata: ok\n\n'], {
      maxLineBytes: 1_024,
    });
    expect(records).toMatchObject([
      { overlong: true, lengthBytes: 1_802, offset: 6, event: { lastEventId: '1' } },
      { overlong: false, bytes: Buffer.from('ok'), event: { lastEventId: '2' } },
    ]);
  });

  it('keeps the head of a single line over the limit', () => {
    const { records } = readAll([`data: ${'y'.repeat(30_000)}\n\n`], { maxLineBytes: 20_000 });
    expect(records).toMatchObject([{ overlong: true, lengthBytes: 30_000 }]);
    expect(records[0]?.bytes.length).toBeLessThanOrEqual(8 * 1_024);
  });

  it('lets a comment over the limit pass', () => {
    expect(events(`:${'c'.repeat(3_000)}\ndata: a\n\n`, { maxLineBytes: 1_024 })).toEqual([
      ['a', '', ''],
    ]);
  });
});
