import type { StreamState } from '#contracts';

/** What can happen to a stream. */
export type StreamInput =
  | 'granted' // its lease is ours
  | 'begun' // the source answers
  | 'blocked' // documents are not taken as fast as the source sends them
  | 'flowing' // they are again
  | 'broken' // the connection is over, and there will be another
  | 'retry' // the wait before the next connection is over
  | 'stop' // no further connection: what was read is still to be confirmed
  | 'settled' // all of it is confirmed, and the position recorded
  | 'fail'; // another try would not help

type Transitions = Partial<Record<StreamInput, StreamState>>;

const STARTED: Transitions = { broken: 'backoff', stop: 'draining', fail: 'failed' };

/**
 * An owner begins at `acquiring`, with the grant. `idle` is what `status` calls a stream that waits
 * for an owner, `lost` one whose owner vanished: no owner ever says either.
 */
const TRANSITIONS: Record<StreamState, Transitions> = {
  idle: {},
  acquiring: { granted: 'connecting', fail: 'failed' },
  connecting: { ...STARTED, begun: 'streaming' },
  streaming: { ...STARTED, blocked: 'throttled' },
  throttled: { ...STARTED, flowing: 'streaming' },
  backoff: { retry: 'connecting', stop: 'draining', fail: 'failed' },
  draining: { settled: 'stopped', fail: 'failed' },
  stopped: {},
  failed: {},
  lost: {},
};

/**
 * The state of a stream after something happened to it.
 *
 * @throws {RangeError} when it cannot happen in that state: a defect of the caller.
 */
export function nextState(state: StreamState, input: StreamInput): StreamState {
  const next = TRANSITIONS[state][input];
  if (next === undefined) throw new RangeError(`a stream that is ${state} cannot be ${input}`);
  return next;
}
