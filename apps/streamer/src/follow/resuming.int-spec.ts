import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { StreamPosition } from '#contracts';
import { follow } from '../../testing/follow.js';
import { MemorySink } from '../../testing/memory-sink.js';
import { rangeSource } from '../../testing/range-source.js';
import { TestSource, endless, reset, status, whole } from '../../testing/test-source.js';
import type { Answer } from '../../testing/test-source.js';
import { until } from '../../testing/until.js';

// A machine that does other things at the same time takes its time.
jest.setTimeout(60_000);

let source: TestSource;
afterEach(() => source.close());

const BYTES = { settings: { resume: { by: 'bytes' } } } as const;
const EVENT_ID = { settings: { format: 'sse', resume: { by: 'event-id' } } } as const;
const all = Array.from({ length: 3_000 }, (_unused, n) => `{"n":${n},"text":"é€"}`);
const body = Buffer.from(all.map((line) => `${line}\n`).join(''));

/** Cuts that fall anywhere, in lines and in characters. */
function cuts(count: number): { resetAfterBytes: number }[] {
  return Array.from({ length: count }, () => ({
    resetAfterBytes: Math.ceil((Math.random() * 2 * body.length) / count),
  }));
}

describe('a source that is addressed by bytes', () => {
  it('gives every document once, wherever its connections are reset', async () => {
    source = await TestSource.listen(rangeSource(body, cuts(20)));
    const sink = new MemorySink();
    const { end, follower, losses } = follow(source.url, sink, BYTES);
    await end;
    expect(sink.sources).toEqual(all);
    expect([...sink.published.values()].every((times) => times === 1)).toBe(true);
    expect(losses).toEqual([]);
    expect(follower.position).toEqual({ by: 'bytes', etag: '"v1"', offset: body.length });
  });

  it('gives every document one id, however often its owner dies', async () => {
    source = await TestSource.listen(rangeSource(body));
    const sink = new MemorySink();
    let position: StreamPosition | undefined;
    for (let epoch = 1; epoch <= 8; epoch += 1) {
      const { follower, stop, end } = follow(source.url, sink, { ...BYTES, epoch, position });
      const before = sink.documents.size;
      await until(() => sink.documents.size > before || follower.state === 'draining');
      follower.abandon(new Error('killed'));
      await stop();
      await end;
      position = follower.position;
    }
    await follow(source.url, sink, { ...BYTES, epoch: 9, position }).end;
    expect(sink.documents.size).toBe(all.length);
    expect(new Set(sink.sources)).toEqual(new Set(all));
  });

  it('has no news at 416, and some later', async () => {
    let known = body.subarray(0, 1_000);
    source = await TestSource.listen((response, request) => {
      const answer = rangeSource(known);
      known = source.requests.length > 3 ? body : known;
      return answer(response, request);
    });
    const sink = new MemorySink();
    const followed = follow(source.url, sink, {
      settings: { resume: { by: 'bytes' }, onEnd: 'reconnect' },
    });
    await until(() => sink.documents.size >= all.length - 1);
    await followed.stop();
    expect(followed.losses).toEqual([]);
  });

  it('that changed is read from its beginning, and says what is lost', async () => {
    const changed = '{"new":1}\n{"new":2}\n';
    source = await TestSource.listen(
      rangeSource(body, [{ resetAfterBytes: 1_000 }]),
      whole(changed, { etag: '"v2"' }),
    );
    const sink = new MemorySink();
    const { end, losses } = follow(source.url, sink, BYTES);
    await end;
    expect(losses).toEqual([
      {
        range: { from: { by: 'bytes', etag: '"v1"', offset: expect.any(Number) } },
        reason: expect.stringContaining('it changed'),
      },
    ]);
    expect(sink.sources.slice(-2)).toEqual(['{"new":1}', '{"new":2}']);
  });

  it('that changed fails the stream when asked to', async () => {
    source = await TestSource.listen(
      rangeSource(body, [{ resetAfterBytes: 1_000 }]),
      whole('{}\n', { etag: '"v2"' }),
    );
    await expect(
      follow(source.url, new MemorySink(), { settings: { resume: { by: 'bytes', onGap: 'fail' } } })
        .end,
    ).resolves.toMatchObject({ kind: 'failed', code: 'position-too-old' });
  });

  it('that answers with another range fails the stream', async () => {
    source = await TestSource.listen(
      rangeSource(body, [{ resetAfterBytes: 1_000 }]),
      (response) => {
        response.writeHead(206, { etag: '"v1"', 'content-range': 'bytes 0-999/1000' }).end();
      },
    );
    await expect(follow(source.url, new MemorySink(), BYTES).end).resolves.toMatchObject({
      kind: 'failed',
      code: 'unexpected-response',
    });
  });

  it('without a strong entity tag fails the stream', async () => {
    source = await TestSource.listen(whole('{}\n'));
    await expect(follow(source.url, new MemorySink(), BYTES).end).resolves.toMatchObject({
      kind: 'failed',
      code: 'unexpected-response',
      reason: expect.stringContaining('strong ETag'),
    });
  });
});

describe('an event stream with ids', () => {
  const events = Array.from({ length: 40 }, (_unused, n) => `id: e${n}\ndata: ${n}\n\n`);
  const messages = events.map((_event, n) => `{"message":"${n}"}`);

  /** Goes on behind `Last-Event-ID`; resets each connection after seven events and a half. */
  const replaying: Answer = async (response, request) => {
    const last = String(request.headers['last-event-id'] ?? '');
    const from = last === '' ? 0 : Number(last.slice(1)) + 1;
    if (from >= events.length) {
      response.writeHead(204).end();
      return;
    }
    const some = `${events.slice(from, from + 7).join('')}id: lost\ndata: half`;
    await endless({ 'content-type': 'text/event-stream' }, some)(response, request);
    reset(response);
  };

  it('gives every event once, wherever its connections are reset', async () => {
    source = await TestSource.listen(replaying);
    const sink = new MemorySink();
    const { end, losses, follower } = follow(source.url, sink, EVENT_ID);
    await expect(end).resolves.toMatchObject({ kind: 'stopped' });
    expect(sink.sources).toEqual(messages);
    expect([...sink.published.values()].every((times) => times === 1)).toBe(true);
    expect(losses).toEqual([]);
    expect(follower.position).toEqual({ by: 'event-id', eventId: 'e39' });
  });

  it('goes on where an earlier owner stood', async () => {
    source = await TestSource.listen(replaying);
    const sink = new MemorySink();
    await follow(source.url, sink, { ...EVENT_ID, position: { by: 'event-id', eventId: 'e29' } })
      .end;
    expect(source.requests[0]?.['last-event-id']).toBe('e29');
    expect(sink.sources).toEqual(messages.slice(30));
  });

  it('that no longer knows the id says what is lost, and goes on without it', async () => {
    source = await TestSource.listen(
      status(410),
      whole(events[0] ?? '', { 'content-type': 'text/event-stream' }),
    );
    const sink = new MemorySink();
    const { end, losses } = follow(source.url, sink, {
      ...EVENT_ID,
      position: { by: 'event-id', eventId: 'old' },
    });
    await end;
    expect(source.requests.map((headers) => headers['last-event-id'])).toEqual(['old', undefined]);
    expect(losses).toEqual([
      { range: { from: { by: 'event-id', eventId: 'old' } }, reason: 'the source answered 410' },
    ]);
    expect(sink.sources).toEqual(['{"message":"0"}']);
  });
});

describe('a source that cannot be resumed', () => {
  it('says at each reconnect what may be lost', async () => {
    source = await TestSource.listen(async (response) => {
      await endless({}, '{"n":1}\n')(response, response.req);
      reset(response);
    }, whole('{"n":1}\n'));
    const sink = new MemorySink();
    const { end, losses } = follow(source.url, sink);
    await end;
    expect(sink.documents.size).toBe(2);
    expect(losses).toEqual([
      {
        range: {
          from: { by: 'none', connection: 1, ordinal: 1 },
          to: { by: 'none', connection: 2, ordinal: 0 },
        },
        reason: 'the source cannot be resumed',
      },
    ]);
  });
});
