import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SignalboxError } from '#contracts';
import { ManualClock, turn } from '#supervisor';
import { follow } from '../../testing/follow.js';
import type { Given } from '../../testing/follow.js';
import { MemorySink } from '../../testing/memory-sink.js';
import { rangeSource } from '../../testing/range-source.js';
import { TestSource, endless, status, whole } from '../../testing/test-source.js';
import type { Answer } from '../../testing/test-source.js';
import { until } from '../../testing/until.js';

// A machine that does other things at the same time takes its time.
jest.setTimeout(60_000);

let source: TestSource;
afterEach(() => source.close());

const lines = (count: number): Buffer => Buffer.from('{"n":1}\n'.repeat(count));

describe('a stream ends by itself', () => {
  it.each<[string, Answer, Given['settings']]>([
    ['stopped at a clean end, when asked to', whole('{}\n'), { onEnd: 'stop' }],
    ['stopped at 204 in any case', status(204), { onEnd: 'reconnect' }],
  ])('%s', async (_name, answer, settings) => {
    source = await TestSource.listen(answer);
    await expect(
      follow(source.url, new MemorySink(), { settings: settings ?? {} }).end,
    ).resolves.toMatchObject({
      kind: 'stopped',
    });
    expect(source.requests).toHaveLength(1);
  });

  it.each<[string, Answer, string]>([
    ['404', status(404), 'http-status'],
    ['a redirect', status(302, { location: '/elsewhere' }), 'http-status'],
    ['a page', whole('<html>', { 'content-type': 'text/html' }), 'wrong-content-type'],
    ['410 without a position', status(410), 'http-status'],
  ])('failed at %s, without a second try', async (_name, answer, code) => {
    source = await TestSource.listen(answer);
    const { end } = follow(source.url, new MemorySink(), { settings: { onEnd: 'reconnect' } });
    await expect(end).resolves.toMatchObject({ kind: 'failed', code });
    expect(source.requests).toHaveLength(1);
  });

  it('failed where it may not read, and without a request', async () => {
    source = await TestSource.listen(whole('{}\n'));
    const { end } = follow(source.url, new MemorySink(), { allowed: ['*'] });
    await expect(end).resolves.toMatchObject({ kind: 'failed', code: 'url-not-allowed' });
    expect(source.requests).toHaveLength(0);
  });

  it('only when everything it read is confirmed', async () => {
    source = await TestSource.listen(whole(lines(10)));
    const sink = new MemorySink();
    sink.hold();
    const { end, states } = follow(source.url, sink);
    const onEnd = jest.fn();
    const ended = end.then(onEnd);
    await until(() => states.at(-1)?.state === 'draining' && sink.waiting === 1);
    expect(onEnd).not.toHaveBeenCalled();
    sink.release();
    await ended;
    expect(sink.documents.size).toBe(10);
  });
});

describe('a stream tries again', () => {
  it('no earlier than the source asked', async () => {
    source = await TestSource.listen(status(503, { 'retry-after': '30' }), whole('{}\n'));
    const clock = new ManualClock();
    const { end, states } = follow(source.url, new MemorySink(), { clock });
    await until(() => states.at(-1)?.state === 'backoff');
    expect(states.at(-1)?.cause).toEqual({
      code: 'unexpected-response',
      reason: 'the source answered 503',
    });
    clock.advance(29_999);
    expect(states.at(-1)?.state).toBe('backoff');
    clock.advance(1);
    await until(() => states.at(-1)?.state === 'draining');
    clock.advance(200);
    await expect(end).resolves.toMatchObject({ kind: 'stopped' });
  });

  it('more and more slowly while the source accepts and closes', async () => {
    source = await TestSource.listen(whole(''));
    const clock = new ManualClock();
    const { stop, states } = follow(source.url, new MemorySink(), {
      clock,
      random: 1,
      settings: { onEnd: 'reconnect' },
    });
    for (const waitMs of [500, 1_000, 2_000, 4_000]) {
      await until(() => states.at(-1)?.state === 'backoff');
      const { length } = source.requests;
      clock.advance(waitMs - 1);
      expect(states.at(-1)?.state).toBe('backoff');
      clock.advance(1);
      await until(() => source.requests.length === length + 1);
    }
    await stop();
  });

  it('at once with a secret that was changed', async () => {
    let secret = 'old';
    const clock = new ManualClock();
    source = await TestSource.listen((response, request) => {
      secret = 'new';
      return status(request.headers['x-token'] === 'Bearer new' ? 204 : 401)(response, request);
    });
    const { end, states } = follow(source.url, new MemorySink(), {
      random: 1,
      clock,
      secrets: {
        resolve: (name, host) =>
          Promise.resolve(name === 'secret:t' && host === '127.0.0.1' ? `Bearer ${secret}` : ''),
      },
      settings: { request: { headers: {}, secretHeaders: { 'X-Token': 'secret:t' } } },
    });
    await until(() => states.at(-1)?.state === 'backoff');
    clock.advance(0);
    await expect(end).resolves.toMatchObject({ kind: 'stopped' });
    expect(states[1]?.cause.code).toBe('authentication-failed');
    expect(source.requests).toHaveLength(2);
  });

  it('but not without the secrets that it needs', async () => {
    source = await TestSource.listen(whole('{}\n'));
    const { end } = follow(source.url, new MemorySink(), {
      secrets: {
        resolve: () => Promise.reject(new SignalboxError('secret-missing', 'no such secret')),
      },
      settings: { request: { headers: {}, secretHeaders: { 'x-token': 'secret:t' } } },
    });
    await expect(end).resolves.toEqual({
      kind: 'failed',
      code: 'secret-missing',
      reason: 'no such secret',
    });
    expect(source.requests).toHaveLength(0);
  });
});

describe('a stop', () => {
  const situations: [string, Answer, (sink: MemorySink) => void, string][] = [
    ['before the source answers', () => {}, () => {}, 'connecting'],
    ['while the source is silent', endless({}, '{"n":1}\n{"ha'), () => {}, 'streaming'],
    ['while the source floods', whole(lines(1_000_000)), () => {}, 'streaming'],
    ['while documents are not taken', whole(lines(1_000_000)), (sink) => sink.hold(), 'throttled'],
    ['in a backoff', status(503, { 'retry-after': '3600' }), () => {}, 'backoff'],
  ];

  it.each(situations)(
    '%s leaves no socket, and a position for exactly what was read',
    async (_when, answer, prepare, state) => {
      source = await TestSource.listen(answer);
      const sink = new MemorySink();
      prepare(sink);
      const { states, stop, follower } = follow(source.url, sink);
      await until(
        () => states.at(-1)?.state === state && (state === 'backoff' || source.requests.length > 0),
      );
      const since = performance.now();
      await expect(stop()).resolves.toEqual({ kind: 'interrupted' });
      expect(performance.now() - since).toBeLessThan(1_000);
      expect(states.at(-1)?.state).toBe('draining');
      await until(() => source.sockets.size === 0);
      sink.release();
      await follower.settle();
      expect(follower.position?.ordinal ?? 0).toBe(sink.documents.size);
      expect(follower.counters.documents).toBe(sink.documents.size);
    },
  );

  it('waits for confirms only as long as it is told', async () => {
    source = await TestSource.listen(endless({}, '{"n":1}\n'));
    const sink = new MemorySink();
    sink.hold();
    const { stop, follower } = follow(source.url, sink);
    await until(() => sink.waiting === 1);
    await stop();
    const patience = new AbortController();
    const settling = follower.settle(patience.signal);
    patience.abort(new Error('long enough'));
    await expect(settling).rejects.toThrow('long enough');
    expect(follower.position).toBeUndefined();
  });
});

describe('a suspension', () => {
  it('keeps the connection and what is unconfirmed, and reads and publishes nothing', async () => {
    const body = lines(30_000);
    source = await TestSource.listen(rangeSource(body));
    const sink = new MemorySink();
    sink.hold();
    const clock = new ManualClock();
    const { end, follower } = follow(source.url, sink, {
      clock,
      settings: { resume: { by: 'bytes' } },
    });
    await until(() => sink.waiting > 4);
    follower.suspend();
    await until(() => sink.waiting === 0);
    const published = [...sink.published.values()].reduce((sum, times) => sum + times, 0);
    sink.release();
    clock.advance(1_000);
    await turn();
    expect([...sink.published.values()].reduce((sum, times) => sum + times, 0)).toBe(published);
    expect(sink.documents.size).toBe(0);
    expect(source.sockets.size).toBe(1);
    follower.resume();
    await expect(end).resolves.toMatchObject({ kind: 'stopped' });
    expect(sink.documents.size).toBe(30_000);
    expect(source.requests).toHaveLength(1);
  });

  it('can end for good: the socket closes, and nothing more is published', async () => {
    source = await TestSource.listen(whole(lines(1_000_000)));
    const sink = new MemorySink();
    sink.hold();
    const { follower, stop } = follow(source.url, sink);
    await until(() => sink.waiting > 4);
    follower.suspend();
    follower.abandon(new Error('the lease is gone'));
    await expect(stop()).resolves.toEqual({ kind: 'interrupted' });
    sink.release();
    await until(() => source.sockets.size === 0);
    expect(sink.documents.size).toBe(0);
  });
});
