import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TailBuffer } from './tail-buffer.js';
import { Utf8Text } from './utf8-text.js';

describe('Utf8Text', () => {
  it('gives the same text however the bytes are cut, and where each piece began', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), cuts, (text, at) => {
        const bytes = Buffer.from(text);
        const bounds = [0, ...at.filter((cut) => cut < bytes.length).sort((a, b) => a - b)];
        const stream = new Utf8Text();
        const pieces = bounds.map((from, i) => stream.push(bytes.subarray(from, bounds[i + 1])));
        pieces.push(stream.end());
        expect(pieces.map((piece) => piece.text).join('')).toBe(
          bytes.toString('utf8').replaceAll('\0', '\uFFFD'),
        );
        for (const { offset, text: piece } of pieces.filter((one) => one.text !== '')) {
          const there = bytes.subarray(offset).toString('utf8').replaceAll('\0', '\uFFFD');
          expect(there.startsWith(piece)).toBe(true);
        }
      }),
    );
  });

  it('replaces what is no UTF-8 and never waits for more than three bytes', () => {
    const stream = new Utf8Text();
    expect(stream.push(Buffer.from([0x61, 0xff, 0x62])).text).toBe('a\uFFFDb');
    expect(stream.push(Buffer.from([0x80, 0x80, 0x80, 0x80])).text).toBe('\uFFFD'.repeat(4));
    expect(stream.push(Buffer.from([0xf0, 0x9f])).text).toBe('');
    expect(stream.end()).toEqual({ offset: 7, text: '\uFFFD' });
  });
});

describe('TailBuffer', () => {
  it('keeps the last whole characters', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 20 }),
        fc.integer({ min: 0, max: 50 }),
        (texts, capacityBytes) => {
          const tail = new TailBuffer(capacityBytes);
          for (const text of texts) tail.append(text);
          const kept = tail.toString();
          const all = texts.join('');
          expect(all.endsWith(kept)).toBe(true);
          expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(capacityBytes);
          const least = Math.min(Buffer.byteLength(all), capacityBytes - 3);
          expect(Buffer.byteLength(kept)).toBeGreaterThanOrEqual(least);
        },
      ),
    );
  });
});
