import { describe, expect, it } from '@jest/globals';
import { chunkKey, parseLeaseKey, streamKey, subjectOf } from './lease-key.js';

const EXECUTION = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11';

describe('a lease key', () => {
  it('of a chunk says which', () => {
    expect(parseLeaseKey(chunkKey(EXECUTION, 12))).toEqual({
      kind: 'chunk',
      executionId: EXECUTION,
      n: 12,
    });
  });

  it('of a stream says which', () => {
    expect(parseLeaseKey(streamKey('edge-access'))).toEqual({
      kind: 'stream',
      streamId: 'edge-access',
    });
  });

  it.each([
    '',
    'chunk/x/1',
    `chunk/${EXECUTION}`,
    `chunk/${EXECUTION}/0`,
    `chunk/${EXECUTION}/01`,
    `chunk/${EXECUTION}/1\n`,
    'stream/',
    'stream/Edge',
    'task/edge',
  ])('is not %j', (key) => {
    expect(parseLeaseKey(key)).toBeUndefined();
    expect(() => subjectOf(key)).toThrow(RangeError);
  });

  it('is about its execution or stream', () => {
    expect(subjectOf(chunkKey(EXECUTION, 3))).toBe(EXECUTION);
    expect(subjectOf(streamKey('edge-access'))).toBe('edge-access');
  });
});
