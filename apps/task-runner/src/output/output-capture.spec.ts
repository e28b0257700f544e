import { describe, expect, it } from '@jest/globals';
import { OutputCapture } from './output-capture.js';
import { OutputLines } from './output-lines.js';

describe('OutputCapture', () => {
  it('hands on pieces with the offsets of their channel', () => {
    const capture = new OutputCapture(100, 100);
    expect(capture.write(Buffer.from('one\n'), 'stdout')).toEqual([
      { channel: 'stdout', offset: 0, text: 'one\n' },
    ]);
    expect(capture.write(Buffer.from('oh'), 'stderr')[0]?.offset).toBe(0);
    expect(capture.write(Buffer.from('two'), 'stdout')[0]?.offset).toBe(4);
    expect(capture.summary()).toEqual({ tail: 'one\nohtwo', bytes: 9, truncated: false });
  });

  it('hands on nothing past the cap, but the tail and the count go on', () => {
    const capture = new OutputCapture(4, 5);
    expect(capture.write(Buffer.from('abcdef'), 'stdout')[0]?.text).toBe('abcd');
    expect(capture.write(Buffer.from('ghi'), 'stderr')).toEqual([]);
    expect(capture.end()).toEqual([]);
    expect(capture.summary()).toEqual({ tail: 'efghi', bytes: 9, truncated: true });
  });

  it('is not truncated by output of exactly the cap', () => {
    const capture = new OutputCapture(3, 3);
    capture.write(Buffer.from('abc'), 'stdout');
    expect(capture.summary().truncated).toBe(false);
  });

  it('keeps a character whole that two writes, or the cap, have cut', () => {
    const [first, second] = [Buffer.from([0xe2, 0x82]), Buffer.from([0xac, 0x21])];
    const capture = new OutputCapture(100, 100);
    expect(capture.write(first, 'stdout')).toEqual([]);
    expect(capture.write(second, 'stdout')[0]?.text).toBe('€!');
    const capped = new OutputCapture(2, 100);
    capped.write(first, 'stdout');
    capped.write(second, 'stdout');
    expect(capped.summary().tail).toBe('€!');
  });

  it('replaces U+0000 and hands on at the end what never became complete', () => {
    const capture = new OutputCapture(100, 100);
    expect(capture.write(Buffer.from([0x61, 0x00, 0xe2]), 'stdout')[0]?.text).toBe('a\uFFFD');
    expect(capture.end()).toEqual([{ channel: 'stdout', offset: 2, text: '\uFFFD' }]);
  });
});

describe('OutputLines', () => {
  const piece = (text: string, channel: 'stdout' | 'stderr' = 'stdout') => ({
    channel,
    offset: 0,
    text,
  });

  it('joins pieces to lines, each channel by itself, and numbers them together', () => {
    const lines = new OutputLines();
    expect(lines.push(piece('a\r\nb'))).toEqual([{ channel: 'stdout', ordinal: 1, text: 'a' }]);
    expect(lines.push(piece('x\n', 'stderr'))[0]).toMatchObject({ ordinal: 2, text: 'x' });
    expect(lines.push(piece('c\n\nd'))).toEqual([{ channel: 'stdout', ordinal: 3, text: 'bc' }]);
    expect(lines.end()).toEqual([{ channel: 'stdout', ordinal: 4, text: 'd' }]);
    expect(lines.end()).toEqual([]);
  });

  it('cuts lines that do not end, between two characters', () => {
    const lines = new OutputLines();
    const endless = `x${'😀'.repeat(20_000)}`;
    const cut = [...lines.push(piece(endless)), ...lines.end()].map(({ text }) => text);
    expect(cut.join('')).toBe(endless);
    expect(cut.length).toBe(3);
    for (const text of cut) expect(Buffer.from(text).toString()).toBe(text);
  });
});
