import { describe, expect, it } from '@jest/globals';
import type { KnownTarget, LeaseMark } from '#contracts';
import type { AttemptAborted, AttemptFailed, AttemptSucceeded } from './attempt-end.js';
import { type ChunkPlan, ChunkState } from './chunk-state.js';

const times = { startedAt: 1_000, endedAt: 2_000 };
const succeeded: AttemptSucceeded = { ...times, state: 'succeeded', exitCode: 0 };
const aborted: AttemptAborted = { ...times, state: 'aborted', termination: 'proven' };
const failed: AttemptFailed = {
  ...times,
  state: 'failed',
  code: 'exit-code',
  message: 'exit code 3',
  exitCode: 3,
  retryable: true,
};
const timedOut: AttemptFailed = { ...failed, state: 'timed-out', code: 'timed-out' };

const cancel: LeaseMark = { outcome: 'cancelled', code: 'cancelled', finishRunning: false };
const maxFailures: LeaseMark = { outcome: 'skipped', code: 'max-failures', finishRunning: true };

function known(target: string, facts: Partial<KnownTarget> = {}): KnownTarget {
  return { target, started: false, attempt: 0, ...facts };
}

function stateOf(plan: Partial<ChunkPlan> = {}): ChunkState {
  return new ChunkState(
    {
      known: [known('a'), known('b'), known('c')],
      onLost: 'retry',
      retries: { limit: 0, backoffMs: 1_000 },
      concurrency: 10,
      ...plan,
    },
    () => 0.5,
  );
}

describe('W4: what runs next', () => {
  it('is each target in order, within the concurrency', () => {
    const state = stateOf({ concurrency: 2 });
    expect([state.next(), state.next(), state.next()]).toEqual([
      { target: 'a', attempt: 1 },
      { target: 'b', attempt: 1 },
      undefined,
    ]);
    state.attemptEnded('a', succeeded);
    expect(state.next()?.target).toBe('c');
  });

  it('is no target that has its outcome, and a target that was tried in its next attempt', () => {
    const state = stateOf({
      known: [
        known('a', { outcome: 'failed', attempt: 2 }),
        known('b', { started: true, attempt: 4 }),
      ],
    });
    expect(state.next()).toEqual({ target: 'b', attempt: 5 });
    expect(state.next()).toBeUndefined();
  });

  it('is nothing while paused, marked or draining', () => {
    const paused = stateOf();
    paused.pause(true);
    expect(paused.next()).toBeUndefined();
    paused.pause(false);
    expect(paused.next()).toBeDefined();

    const marked = stateOf();
    marked.obey(cancel);
    expect(marked.next()).toBeUndefined();

    const draining = stateOf();
    draining.drain();
    expect(draining.next()).toBeUndefined();
  });

  it('is nothing once more have failed than may', () => {
    const state = stateOf({ concurrency: 1, failuresLeft: 1 });
    state.next();
    state.attemptEnded('a', failed);
    expect(state.next()?.target).toBe('b');
    state.attemptEnded('b', timedOut);
    expect(state.next()).toBeUndefined();
    expect(state.isDone).toBe(false);
  });
});

describe('W4: a target whose owner vanished', () => {
  const vanished = [known('a', { started: true, attempt: 2 }), known('b')];

  it('runs again under `retry`', () => {
    const state = stateOf({ known: vanished, onLost: 'retry' });
    expect(state.endLost()).toEqual([]);
    expect(state.next()).toEqual({ target: 'a', attempt: 3 });
  });

  it('is lost under `fail`', () => {
    const state = stateOf({ known: vanished, onLost: 'fail' });
    expect(state.endLost()).toMatchObject([
      { target: 'a', attempt: 2, state: 'lost', code: 'owner-lost' },
    ]);
    expect(state.next()).toEqual({ target: 'b', attempt: 1 });
  });
});

describe('the end of an attempt', () => {
  it('is the outcome without retries', () => {
    const state = stateOf();
    state.next();
    state.next();
    expect(state.attemptEnded('a', succeeded)).toEqual({
      change: { target: 'a', attempt: 1, ...succeeded },
    });
    const { retryable: _, ...told } = failed;
    expect(state.attemptEnded('b', failed)).toEqual({
      change: { target: 'b', attempt: 1, ...told },
    });
  });

  it.each([failed, timedOut])('is followed by another after a wait when it is $state', (end) => {
    const state = stateOf({ known: [known('a')], retries: { limit: 2, backoffMs: 1_000 } });
    state.next();
    expect(state.attemptEnded('a', end)).toMatchObject({
      change: { state: 'retrying', attempt: 1, code: end.code },
      retryInMs: 500,
    });
    expect(state.next()).toBeUndefined();
    state.retryDue('a');
    expect(state.next()).toEqual({ target: 'a', attempt: 2 });
    expect(state.attemptEnded('a', end).retryInMs).toBe(1_000);
    state.retryDue('a');
    state.next();
    expect(state.attemptEnded('a', end)).toMatchObject({
      change: { state: end.state, attempt: 3 },
    });
    expect(state.isDone).toBe(true);
  });

  it('is not followed by another when nothing would change', () => {
    const state = stateOf({ retries: { limit: 2, backoffMs: 1_000 } });
    state.next();
    expect(state.attemptEnded('a', { ...failed, retryable: false }).change?.state).toBe('failed');
  });

  it('does not count attempts of other owners against the limit', () => {
    const state = stateOf({
      known: [known('a', { started: true, attempt: 7 })],
      retries: { limit: 1, backoffMs: 0 },
    });
    state.next();
    expect(state.attemptEnded('a', failed).change).toMatchObject({ state: 'retrying', attempt: 8 });
  });

  it('is a failure when the plugin gave up unasked', () => {
    const state = stateOf();
    state.next();
    expect(state.attemptEnded('a', aborted).change).toMatchObject({
      state: 'failed',
      code: 'plugin-failed',
    });
  });
});

describe('W4, W6: a mark', () => {
  /** a is active, b waits for its second attempt, c was tried by an earlier owner, d never. */
  function midway(): ChunkState {
    const state = stateOf({
      known: [known('a'), known('b'), known('c', { started: true, attempt: 1 }), known('d')],
      retries: { limit: 5, backoffMs: 1_000 },
      concurrency: 2,
    });
    state.next();
    state.next();
    state.attemptEnded('b', failed);
    return state;
  }

  it('gives its outcome to all that is not active', () => {
    const state = midway();
    expect(state.obey(cancel)).toEqual([
      { target: 'b', attempt: 1, state: 'cancelled', code: 'cancelled' },
      { target: 'c', attempt: 1, state: 'cancelled', code: 'cancelled' },
      { target: 'd', attempt: 0, state: 'cancelled', code: 'cancelled' },
    ]);
    expect(state.obey(cancel)).toEqual([]);
    expect(state.isDone).toBe(false);
    expect(state.attemptEnded('a', aborted)).toEqual({
      change: { target: 'a', attempt: 1, ...aborted, state: 'cancelled', code: 'cancelled' },
    });
    expect(state.isDone).toBe(true);
  });

  it('never says of what has run that it was skipped', () => {
    const changes = midway().obey(maxFailures);
    expect(changes).toMatchObject([
      { target: 'b', attempt: 1, state: 'failed', code: 'exit-code' },
      { target: 'c', attempt: 1, state: 'lost', code: 'owner-lost' },
      { target: 'd', attempt: 0, state: 'skipped', code: 'max-failures' },
    ]);
  });

  it('lets no further attempt follow, and leaves a true outcome as it is', () => {
    const state = midway();
    state.obey(maxFailures);
    expect(state.attemptEnded('a', failed).change?.state).toBe('failed');

    const cancelled = midway();
    cancelled.obey(cancel);
    expect(cancelled.attemptEnded('a', succeeded).change?.state).toBe('succeeded');
  });

  it('that ends what runs may come after one that lets it finish', () => {
    const state = midway();
    state.obey(maxFailures);
    expect(state.obey(cancel)).toEqual([]);
    expect(state.attemptEnded('a', aborted).change?.state).toBe('cancelled');
  });

  it('ends a target between two attempts for good', () => {
    const state = midway();
    state.obey(cancel);
    state.retryDue('b');
    expect(state.next()).toBeUndefined();
  });
});

describe('W9: a drain', () => {
  it('is over when nothing runs; what was begun here and has no outcome is interrupted', () => {
    const state = stateOf({
      known: [known('a'), known('b'), known('c'), known('d', { started: true, attempt: 1 })],
      retries: { limit: 1, backoffMs: 0 },
      concurrency: 3,
    });
    for (let i = 0; i < 3; i++) state.next();
    state.drain();
    expect(state.isDrained).toBe(false);
    expect(state.attemptEnded('a', succeeded).change?.state).toBe('succeeded');
    expect(state.attemptEnded('b', failed).change?.state).toBe('retrying');
    expect(state.attemptEnded('c', aborted)).toEqual({});
    expect(state.isDrained).toBe(true);
    expect(state.isDone).toBe(false);
    expect(state.interrupted()).toEqual(['b', 'c']);
  });

  it('interrupts what a finishing mark would have let finish', () => {
    const state = stateOf({ known: [known('a')] });
    state.next();
    state.obey(maxFailures);
    state.drain();
    expect(state.attemptEnded('a', aborted)).toEqual({});
    expect(state.interrupted()).toEqual(['a']);
  });
});

it('refuses to hear of targets that it does not have', () => {
  expect(() => stateOf().attemptEnded('z', succeeded)).toThrow(RangeError);
});
