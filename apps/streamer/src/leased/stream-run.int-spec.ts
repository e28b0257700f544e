import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import { StreamCheckpointed, checkMessage } from '#contracts';
import type { StreamGrant, StreamPosition } from '#contracts';
import { AllowedHosts, silentLog } from '#runtime';
import { Deferred, Supervisor, sleep } from '#supervisor';
import type { Task } from '#supervisor';
import { MemoryLease } from '../../testing/memory-lease.js';
import { MemorySink } from '../../testing/memory-sink.js';
import { rangeSource } from '../../testing/range-source.js';
import { TestSource, endless, status, whole } from '../../testing/test-source.js';
import type { Answer } from '../../testing/test-source.js';
import { until } from '../../testing/until.js';
import { PublishTasks } from '../publish/publish-tasks.js';
import { StreamMetrics } from './stream-metrics.js';
import { StreamRun } from './stream-run.js';

// A machine that does other things at the same time takes its time.
jest.setTimeout(60_000);

let source: TestSource;
afterEach(() => source.close());

interface Given {
  readonly settings?: Partial<StreamGrant['settings']>;
  readonly position?: StreamPosition;
}

async function run(answer: Answer, given: Given = {}) {
  source = await TestSource.listen(answer);
  const lease = new MemoryLease();
  const sink = new MemorySink();
  const registry = new Registry();
  const drain = new AbortController();
  const publishes = new PublishTasks(1, silentLog);
  const streamRun = new StreamRun(
    lease,
    {
      settings: {
        url: source.url,
        format: 'ndjson',
        request: { headers: {}, secretHeaders: {} },
        resume: { by: 'bytes', parameter: 'since', overlapMs: 0, onGap: 'earliest' },
        idleTimeoutMs: 60_000,
        maxLineBytes: 1_048_576,
        index: 'logs',
        onEnd: 'reconnect',
        ...given.settings,
      },
      bounds: { from: 0, to: Date.UTC(2100, 0, 1) },
      ...(given.position && { position: given.position }),
    },
    {
      sink,
      tasks: publishes,
      allowed: new AllowedHosts('STREAM_ALLOWED_HOSTS', ['127.0.0.0/8']),
      secrets: { resolve: () => Promise.resolve('') },
      metrics: new StreamMetrics(registry),
      log: silentLog,
    },
  );
  const streams = new Supervisor({ name: 'streams', limit: 1 });
  const task = await streams.spawn('stream test', (context) =>
    streamRun.run(context, drain.signal),
  );
  return { lease, sink, drain, task, ended: task.settled, publishes, registry };
}

const etag = { etag: '"v1"' };
const two = '{"n":1}\n{"n":2}\n';
const behindTwo = { by: 'bytes', etag: '"v1"', offset: two.length };
const live = endless(etag, `${two}{"half`);

describe('a stream under a lease', () => {
  it('that ends by itself is stopped, with its position and counters', async () => {
    const { lease, ended, sink, registry } = await run(whole(two, etag), {
      settings: { onEnd: 'stop' },
    });
    await ended;
    expect(lease.end).toBe('finished');
    expect(sink.documents.size).toBe(2);
    expect(lease.events.at(-1)).toMatchObject({
      type: 'StreamStopped',
      body: {
        key: 'stream/test',
        epoch: 1,
        state: 'stopped',
        position: behindTwo,
        counters: { documents: 2, bytes: two.length, reconnects: 0, rejected: 0 },
        reason: 'the source ended',
      },
    });
    const states = lease.events
      .filter(({ type }) => type === 'StreamChanged')
      .map(({ body }) => body.state);
    expect(states).toEqual(['connecting', 'streaming', 'draining']);
    expect(await registry.metrics()).toContain('signalbox_streamer_documents_total 2');
  });

  it('that cannot be followed has failed, with the reason', async () => {
    const { lease, ended } = await run(status(404));
    await ended;
    expect(lease.end).toBe('finished');
    expect(lease.events.at(-1)).toMatchObject({
      type: 'StreamFailed',
      body: { state: 'failed', code: 'http-status', reason: 'the source answered 404' },
    });
  });

  it('whose settings do not go together has failed, and keeps its position', async () => {
    const position = { by: 'bytes', etag: '"v1"', offset: 5 } as const;
    const { lease, ended } = await run(live, {
      position,
      settings: { resume: { by: 'time', parameter: 'since', overlapMs: 0, onGap: 'earliest' } },
    });
    await ended;
    expect(lease.events).toMatchObject([
      { type: 'StreamFailed', body: { code: 'contract-violated', position } },
    ]);
    expect(source.requests).toHaveLength(0);
  });

  it('numbers its events without a hole, and all are as the contract says', async () => {
    const { lease, ended } = await run(rangeSource(Buffer.from(two), [{ resetAfterBytes: 10 }]), {
      settings: { onEnd: 'stop' },
    });
    await ended;
    expect(lease.events.map(({ body }) => body.seq)).toEqual(
      lease.events.map((_event, n) => n + 1),
    );
    for (const { body } of lease.events) {
      expect(() => checkMessage(StreamCheckpointed, body)).not.toThrow('');
    }
  });

  it('checkpoints at once, then at most once a second', async () => {
    let sent = 0;
    const { lease, ended, drain } = await run(async (response) => {
      response.writeHead(200, etag);
      while (!response.destroyed) {
        response.write(`{"n":${(sent += 1)}}\n`);
        await sleep(20);
      }
    });
    const checkpoints = () => lease.types.filter((type) => type === 'StreamCheckpointed').length;
    await until(() => checkpoints() === 1);
    const since = performance.now();
    await until(() => checkpoints() === 3);
    expect(performance.now() - since).toBeGreaterThan(1_900);
    drain.abort();
    await ended;
  });
});

/** A stop is complete when four things are true (the streams' rule R7). */
describe('a stop on demand', () => {
  it('leaves no socket, no unconfirmed publish, the position recorded, and stream.stopped confirmed', async () => {
    const { lease, sink, ended } = await run(live);
    await until(() => sink.waiting === 0 && sink.documents.size === 2);
    lease.cancel();
    await ended;
    await until(() => source.sockets.size === 0);
    expect(sink.waiting).toBe(0);
    expect(lease.events.at(-1)).toMatchObject({
      type: 'StreamStopped',
      body: { position: behindTwo, counters: { documents: 2 } },
    });
    expect(lease.end).toBe('finished');
  });

  it('comes after the confirm of what was read, not before', async () => {
    const { lease, sink, ended } = await run(live);
    sink.hold();
    await until(() => sink.waiting === 1);
    lease.cancel();
    await until(() => source.sockets.size === 0);
    expect(lease.types).not.toContain('StreamStopped');
    sink.release();
    await ended;
    expect(lease.events.at(-1)).toMatchObject({
      type: 'StreamStopped',
      body: { position: behindTwo },
    });
  });

  it('is not over before its last event is confirmed', async () => {
    const { lease, sink, ended } = await run(live);
    await until(() => sink.documents.size === 2);
    lease.hold();
    lease.cancel();
    await until(() => source.sockets.size === 0);
    expect(lease.end).toBeUndefined();
    lease.confirm();
    await ended;
    expect(lease.end).toBe('finished');
  });

  it('that was asked for before the start reads nothing', async () => {
    const { lease, ended } = await run(live);
    lease.cancel();
    await ended;
    expect(lease.types.at(-1)).toBe('StreamStopped');
    expect(lease.end).toBe('finished');
  });
});

describe('a stream that is given back', () => {
  it.each<[string, (parts: { lease: MemoryLease; drain: AbortController }) => void]>([
    ['for newer settings', ({ lease }) => lease.revoke()],
    ['because the process stops', ({ drain }) => drain.abort()],
  ])('%s is flushed, checkpointed and released', async (_why, giveBack) => {
    const { lease, sink, drain, ended } = await run(live);
    sink.hold();
    await until(() => sink.waiting === 1);
    giveBack({ lease, drain });
    await until(() => source.sockets.size === 0);
    sink.release();
    await ended;
    expect(sink.documents.size).toBe(2);
    expect(lease.events.at(-1)).toMatchObject({
      type: 'StreamCheckpointed',
      body: { state: 'draining', position: behindTwo },
    });
    expect(lease.end).toBe('released');
  });

  it('is stopped instead when a stop comes before the release', async () => {
    const { lease, sink, ended } = await run(live);
    sink.hold();
    await until(() => sink.waiting === 1);
    lease.revoke();
    lease.cancel();
    sink.release();
    await ended;
    expect(lease.types.at(-1)).toBe('StreamStopped');
  });
});

describe('a stream in doubt (W7)', () => {
  it('reads no further, keeps its socket and what is not confirmed, and goes on when the lease is kept', async () => {
    const more = new Deferred();
    const { lease, sink, drain, ended } = await run(async (response) => {
      response.writeHead(200, etag);
      response.write(two);
      await more.promise;
      response.write('{"n":3}\n');
    });
    sink.hold();
    await until(() => sink.waiting === 1);
    lease.suspend(true);
    await until(() => sink.waiting === 0);
    sink.release();
    more.resolve();
    await sleep(300); // nothing is to happen: there is no event to wait for
    expect(source.sockets.size).toBe(1);
    expect(sink.documents.size).toBe(0);
    lease.suspend(false);
    await until(() => sink.documents.size === 3);
    expect(sink.sources).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    expect([...sink.published.values()]).toEqual([2, 2, 1]);
    expect(source.requests).toHaveLength(1);
    drain.abort();
    await ended;
    expect(lease.end).toBe('released');
  });

  it('is stopped all the same, once the lease is kept', async () => {
    const { lease, sink, ended } = await run(live);
    sink.hold();
    await until(() => sink.waiting === 1);
    lease.suspend(true);
    sink.release();
    lease.cancel();
    await until(() => source.sockets.size === 0);
    lease.suspend(false);
    await ended;
    expect(sink.documents.size).toBe(2);
    expect(lease.events.at(-1)).toMatchObject({
      type: 'StreamStopped',
      body: { position: behindTwo },
    });
  });

  it('is let go when the lease is lost in the end', async () => {
    const { lease, sink, ended } = await run(live);
    sink.hold();
    await until(() => sink.waiting === 1);
    lease.suspend(true);
    lease.lose();
    await ended;
    await until(() => source.sockets.size === 0);
    expect(sink.documents.size).toBe(0);
  });
});

describe('a stream whose lease is lost', () => {
  it.each<[string, (parts: { lease: MemoryLease; task: Task }) => void]>([
    ['to somebody else', ({ lease }) => lease.lose()],
    ['at the end of the time to stop', ({ task }) => task.cancel(new Error('deadline'))],
  ])('%s closes its socket and says nothing more', async (_why, lose) => {
    const { lease, sink, task, ended, publishes } = await run(live);
    sink.hold();
    await until(() => sink.waiting === 1 && lease.types.includes('StreamChanged'));
    const said = lease.events.length;
    lose({ lease, task });
    await ended;
    expect(publishes.inspect().tasks).toEqual([]);
    await until(() => source.sockets.size === 0);
    sink.release();
    expect(sink.waiting).toBe(0);
    expect(sink.documents.size).toBe(0);
    expect(lease.events).toHaveLength(said);
    expect(lease.end).toBe('finished');
  });
});
