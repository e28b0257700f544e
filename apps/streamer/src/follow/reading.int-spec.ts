import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { sleep } from '#supervisor';
import { follow } from '../../testing/follow.js';
import { MemorySink } from '../../testing/memory-sink.js';
import { TestSource, endless, reset, whole, write, writeAlone } from '../../testing/test-source.js';
import type { Answer } from '../../testing/test-source.js';
import { until } from '../../testing/until.js';

// A machine that does other things at the same time takes its time.
jest.setTimeout(60_000);

let source: TestSource;
afterEach(() => source.close());

/** Lines whose characters take one to four bytes. */
const line = (n: number): string => `{"n":${n},"text":"aé€😀"}`;
const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_unused, at) => line(from + at));
const bodyOf = (all: readonly string[]): Buffer =>
  Buffer.from(all.map((one) => `${one}\n`).join(''));

describe('a body that arrives in pieces', () => {
  it('becomes the same documents when it is cut between any two bytes', async () => {
    const body = bodyOf(lines(1, 3));
    source = await TestSource.listen(async (response) => {
      response.writeHead(200);
      for (const byte of body) await writeAlone(response, Buffer.from([byte]));
      response.end();
    });
    const sink = new MemorySink();
    await expect(follow(source.url, sink).end).resolves.toMatchObject({ kind: 'stopped' });
    expect(sink.sources).toEqual(lines(1, 3));
  });

  it('is published while the source goes on, without waiting for more', async () => {
    source = await TestSource.listen(endless({}, `${line(1)}\n${line(2)}\n{"half`));
    const sink = new MemorySink();
    const followed = follow(source.url, sink);
    await until(() => sink.documents.size === 2);
    expect(followed.states.at(-1)?.state).toBe('streaming');
    await followed.stop();
  });

  it('becomes many batches in order', async () => {
    const all = lines(1, 20_000);
    source = await TestSource.listen(whole(bodyOf(all)));
    const sink = new MemorySink();
    const { end, follower } = follow(source.url, sink);
    await end;
    expect(sink.sources).toEqual(all);
    expect(follower.counters).toEqual({
      documents: 20_000,
      bytes: bodyOf(all).length,
      reconnects: 0,
      rejected: 0,
    });
  });
});

describe('the last line without a newline', () => {
  it('counts at a clean end', async () => {
    source = await TestSource.listen(whole(`${line(1)}\n${line(2)}`));
    const sink = new MemorySink();
    await follow(source.url, sink).end;
    expect(sink.sources).toEqual(lines(1, 2));
  });

  const broken: [string, Answer][] = [
    [
      'a reset',
      async (response) => {
        await endless({}, `${line(1)}\n${line(2)}`)(response, response.req);
        reset(response);
      },
    ],
    [
      'a body that is shorter than announced',
      (response) =>
        void response.socket?.end(
          `HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n${line(1)}\n${line(2)}`,
        ),
    ],
    ['silence', endless({}, `${line(1)}\n${line(2)}`)],
  ];

  it.each(broken)('is never published after %s', async (_how, answer) => {
    source = await TestSource.listen(answer, whole(`${line(3)}\n`));
    const sink = new MemorySink();
    await follow(source.url, sink, { settings: { idleTimeoutMs: 150 } }).end;
    expect(sink.sources).toEqual([line(1), line(3)]);
  });
});

describe('a record that becomes no document', () => {
  it('goes to the dead letters with what a person needs, and the rest goes on', async () => {
    const long = `{"long":"${'x'.repeat(300_000)}"}`;
    source = await TestSource.listen(whole(`${line(1)}\noops\n${long}\n${line(2)}\n`));
    const sink = new MemorySink();
    const { end, follower } = follow(source.url, sink, { settings: { maxLineBytes: 100_000 } });
    await end;
    expect(sink.sources).toEqual(lines(1, 2));
    const first = Buffer.byteLength(line(1)) + 1;
    expect(sink.rejected).toEqual([
      {
        code: 'line-not-decodable',
        reason: expect.stringContaining('not JSON'),
        bytes: Buffer.from('oops'),
        offset: first,
        lengthBytes: 4,
      },
      {
        code: 'line-too-long',
        reason: 'longer than maxLineBytes',
        bytes: Buffer.from(long.slice(0, 8 * 1024)),
        offset: first + 5,
        lengthBytes: long.length,
      },
    ]);
    expect(follower.counters.rejected).toBe(2);
  });

  it('fails the stream when most records are such', async () => {
    source = await TestSource.listen(whole('not json\n'.repeat(5_000)));
    const sink = new MemorySink();
    await expect(follow(source.url, sink).end).resolves.toMatchObject({
      kind: 'failed',
      code: 'too-many-bad-lines',
    });
    expect(sink.rejected).toHaveLength(501);
  });
});

describe('the other formats', () => {
  it('lines wrap each line', async () => {
    source = await TestSource.listen(whole('one\r\n\ntwo "2"', { 'content-type': 'text/plain' }));
    const sink = new MemorySink();
    await follow(source.url, sink, { settings: { format: 'lines' } }).end;
    expect(sink.sources).toEqual(['{"message":"one"}', '{"message":"two \\"2\\""}']);
  });

  it('event streams give an event each, and drop the one that the end cuts off', async () => {
    source = await TestSource.listen(
      whole('retry: 10\n\nevent: a\ndata: x\n\ndata: {"n":\ndata: 1}\n\ndata: half', {
        'content-type': 'text/event-stream',
      }),
    );
    const sink = new MemorySink();
    await follow(source.url, sink, { settings: { format: 'sse' } }).end;
    expect(sink.sources).toEqual(['{"message":"x","event":"a"}', '{"n": 1}']);
    expect(source.requests[0]).toMatchObject({
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
    });
  });
});

describe('liveness', () => {
  it('is bytes, not documents: blank lines keep a connection', async () => {
    source = await TestSource.listen(async (response) => {
      response.writeHead(200);
      for (let beat = 0; beat < 12; beat += 1) {
        response.write('\n');
        await sleep(100);
      }
      response.end();
    });
    const sink = new MemorySink();
    const { end, follower } = follow(source.url, sink, { settings: { idleTimeoutMs: 500 } });
    await expect(end).resolves.toMatchObject({ kind: 'stopped' });
    expect(follower.counters).toMatchObject({ reconnects: 0, documents: 0 });
  });
});

describe('a sink that does not keep up', () => {
  it('stops the source, and slows it for as long as it takes', async () => {
    const block = bodyOf(lines(1, 2_000));
    let written = 0;
    let more = true;
    source = await TestSource.listen(async (response) => {
      response.writeHead(200);
      while (more) {
        await write(response, block);
        written += block.length;
      }
      response.end();
    });
    const sink = new MemorySink();
    sink.hold();
    const { end, states, follower } = follow(source.url, sink);
    await until(() => states.at(-1)?.state === 'throttled');
    expect(sink.waiting).toBe(16);
    const held = written;
    await sleep(300);
    expect(written).toBe(held);
    more = false;
    sink.release();
    await end;
    expect(states.map(({ state }) => state)).toEqual([
      'connecting',
      'streaming',
      'throttled',
      'streaming',
      'draining',
    ]);
    expect(follower.counters.documents).toBe((written / block.length) * 2_000);
  });

  it('does not make the source look silent', async () => {
    source = await TestSource.listen(whole(bodyOf(lines(1, 50_000))));
    const sink = new MemorySink();
    sink.hold();
    const { end, states, follower } = follow(source.url, sink, {
      settings: { idleTimeoutMs: 200 },
    });
    await until(() => states.at(-1)?.state === 'throttled');
    await sleep(1_000);
    sink.release();
    await expect(end).resolves.toMatchObject({ kind: 'stopped' });
    expect(follower.counters).toMatchObject({ reconnects: 0, documents: 50_000 });
  });
});

describe('a rate limit', () => {
  it('keeps the source below it', async () => {
    source = await TestSource.listen(whole(bodyOf(lines(1, 5_000))));
    const sink = new MemorySink();
    const since = performance.now();
    const { end, follower } = follow(source.url, sink, {
      settings: { rateLimit: { bytesPerSecond: 100_000 } },
    });
    await end;
    const seconds = (performance.now() - since) / 1_000;
    // The first second's worth may come at once.
    expect(seconds).toBeGreaterThan(follower.counters.bytes / 100_000 - 1.1);
  });
});
