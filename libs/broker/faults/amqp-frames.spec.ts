import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { absurdAck, connectionNameIn, consumingChannelIn, FrameSplitter } from './amqp-frames.ts';

const GREETING = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

describe('the frames of a client', () => {
  it('come out whole, however the network cuts them', () => {
    const frames = [GREETING, absurdAck(1), absurdAck(2), absurdAck(65_535)];
    const bytes = Buffer.concat(frames);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const splitter = new FrameSplitter();
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const out = edges.flatMap((edge, n) => splitter.push(bytes.subarray(edges[n - 1], edge)));
        expect(Buffer.concat(out).equals(bytes)).toBe(true);
        expect(out).toHaveLength(frames.length);
      }),
    );
  });

  it('tell nothing when they are of another kind', () => {
    for (const frame of [GREETING, absurdAck(1)]) {
      expect(connectionNameIn(frame)).toBeUndefined();
      expect(consumingChannelIn(frame)).toBeUndefined();
    }
  });
});
