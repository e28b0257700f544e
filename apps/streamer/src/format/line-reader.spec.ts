import { describe, expect, it } from '@jest/globals';
import { LineReader } from './line-reader.js';
import type { SourceRecord } from './source-record.js';

function read(...chunks: readonly string[]): SourceRecord[] {
  const reader = new LineReader({ maxLineBytes: 1_000 });
  const records: SourceRecord[] = [];
  for (const chunk of chunks) {
    reader.write(Buffer.from(chunk));
    for (let record = reader.read(); record !== undefined; record = reader.read()) {
      records.push(record);
    }
  }
  const last = reader.end();
  return last === undefined ? records : [...records, last];
}

const textsOf = (records: readonly SourceRecord[]): string[] =>
  records.map(({ bytes }) => bytes.toString());

describe('LineReader', () => {
  it('takes one carriage return before the newline as part of the ending', () => {
    expect(textsOf(read('a\r\nb\r\r\nc\rd\n'))).toEqual(['a', 'b\r', 'c\rd']);
  });

  it('makes no records of empty lines', () => {
    expect(textsOf(read('\n\r\na\n\n\n', '\r', '\n', 'b'))).toEqual(['a', 'b']);
  });

  it('counts the unterminated line at a clean end', () => {
    expect(textsOf(read('a\nb'))).toEqual(['a', 'b']);
    expect(textsOf(read('a\n\r'))).toEqual(['a']);
  });

  it('gives each record the offset it begins at', () => {
    expect(read('a\r\n\nbc', 'd\ne').map(({ offset }) => offset)).toEqual([0, 4, 8]);
  });
});
