import { describe, expect, it } from '@jest/globals';
import type { StreamState } from '#contracts';
import { nextState } from './stream-states.js';
import type { StreamInput } from './stream-states.js';

function run(from: StreamState, ...inputs: readonly StreamInput[]): StreamState {
  return inputs.reduce(nextState, from);
}

describe('the states of a stream', () => {
  it('lead from the grant to a stop', () => {
    expect(run('acquiring', 'granted', 'begun', 'stop', 'settled')).toBe('stopped');
  });

  it('lead through any number of connections', () => {
    expect(run('connecting', 'begun', 'broken', 'retry', 'broken', 'retry', 'begun')).toBe(
      'streaming',
    );
  });

  it('lead in and out of throttling', () => {
    expect(run('streaming', 'blocked', 'flowing', 'blocked', 'broken')).toBe('backoff');
  });

  it.each<StreamState>(['connecting', 'streaming', 'throttled', 'backoff'])(
    'let a stop and a failure through from %s',
    (state) => {
      expect(nextState(state, 'stop')).toBe('draining');
      expect(nextState(state, 'fail')).toBe('failed');
    },
  );

  it('end for good', () => {
    expect(() => nextState('stopped', 'granted')).toThrow(
      'a stream that is stopped cannot be granted',
    );
    expect(() => nextState('failed', 'retry')).toThrow(RangeError);
  });
});
