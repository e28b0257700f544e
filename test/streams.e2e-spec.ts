import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { slowRangeSource } from '../apps/streamer/testing/range-source.ts';
import { Streams } from '../apps/streamer/testing/streams.ts';
import { TestSource, endless, status, whole } from '../apps/streamer/testing/test-source.ts';
import { until } from '../apps/streamer/testing/until.ts';
import type { Mesh } from '../tools/mesh.ts';
import { MeshGround } from '../tools/testing/mesh-ground.ts';

const LINES = 20_000;
const documents = Array.from({ length: LINES }, (_unused, n) => ({ n, text: 'é€' }));
const body = Buffer.from(documents.map((one) => `${JSON.stringify(one)}\n`).join(''));
const two = '{"n":1}\n{"n":2}\n';
const BYTES = { format: 'ndjson', resume: { by: 'bytes' } };

let ground: MeshGround;
let mesh: Mesh;
let streams: Streams;
let source: TestSource;

beforeAll(async () => {
  ground = await MeshGround.open();
  mesh = await ground.startMesh({
    instances: { streamer: 2, 'task-runner': 0 },
    env: { streamer: { STREAM_ALLOWED_HOSTS: '127.0.0.0/8' } },
  });
  streams = await Streams.open(mesh.amqpUrl, mesh.searchUrl);
}, 60_000);

afterEach(() => source?.close());

afterAll(async () => {
  await streams?.close();
  await ground?.close();
}, 60_000);

/** Which streamer of the mesh follows the stream. */
async function ownerOf(streamId: string): Promise<number> {
  const { owner } = await streams.until(
    streamId,
    'streaming',
    (stream) => stream.owner !== undefined,
  );
  const streamers = mesh.services.filter(({ name }) => name === 'streamer');
  return streamers.findIndex(({ processId }) => owner?.startsWith(processId));
}

describe('a stream', () => {
  it.each<[string, (owner: number) => Promise<void> | void]>([
    ['is killed', (owner) => mesh.kill('streamer', owner)],
    [
      'stops in order',
      (owner) => {
        const streamers = mesh.services.filter(({ name }) => name === 'streamer');
        process.kill(streamers[owner]?.pid ?? 0, 'SIGTERM');
      },
    ],
  ])(
    'loses and doubles no document when its owner %s in the middle',
    async (how, end) => {
      const streamId = `owner-${how.replaceAll(' ', '-')}`;
      source = await TestSource.listen(slowRangeSource(body, 2_001));
      await streams.start({ streamId, url: source.url, index: streamId, onEnd: 'stop', ...BYTES });
      const owner = await ownerOf(streamId);
      await streams.untilStored(streamId, LINES / 10);
      await end(owner);
      const stopped = await streams.until(streamId, 'stopped');
      await streams.untilStored(streamId, LINES);
      const stored = (await streams.stored(streamId)) as { n: number }[];
      expect(stored.toSorted((a, b) => a.n - b.n)).toEqual(documents);
      expect(stopped.position).toEqual({ by: 'bytes', etag: '"v1"', offset: body.length });
      expect(source.requests.length).toBeGreaterThan(1);
    },
    90_000,
  );

  it('keeps its position over a stop, and goes on there at the next start', async () => {
    source = await TestSource.listen(endless({ etag: '"v1"' }, `${two}{"half`), (response) => {
      const headers = { etag: '"v1"', 'content-range': 'bytes 16-23/24' };
      response.writeHead(206, headers).end('{"n":3}\n');
    });
    const start = { streamId: 'kept', url: source.url, index: 'kept', onEnd: 'stop', ...BYTES };
    await streams.start(start);
    await streams.untilStored('kept', 2);
    await streams.stop('kept');
    const stopped = await streams.until('kept', 'stopped');
    expect(stopped).toMatchObject({ wanted: false, position: { offset: two.length } });
    await until(() => source.sockets.size === 0);
    await streams.start(start);
    await streams.untilStored('kept', 3);
    expect(source.requests[1]).toMatchObject({ range: `bytes=${two.length}-`, 'if-range': '"v1"' });
    await streams.until('kept', 'stopped', ({ position }) => position?.offset === 24);
    expect(await streams.stored('kept')).toHaveLength(3);
  }, 60_000);

  it('takes newer settings over while it runs, at its position', async () => {
    source = await TestSource.listen(endless({ etag: '"v1"' }, two), (response) => {
      const headers = { etag: '"v1"', 'content-range': 'bytes 16-23/24' };
      response.writeHead(206, headers).end('{"n":3}\n');
    });
    const start = { streamId: 'newer', url: source.url, ...BYTES };
    await streams.start({ ...start, index: 'newer-one' });
    await streams.untilStored('newer-one', 2);
    await streams.start({ ...start, index: 'newer-two', onEnd: 'stop' });
    await streams.untilStored('newer-two', 1);
    expect(await streams.stored('newer-two')).toEqual([{ n: 3 }]);
    await streams.until('newer', 'stopped');
  }, 60_000);

  it('of events goes through to the store, each event once', async () => {
    const events = [
      'id: 1\ndata: {"n":1}\n\n',
      'id: 2\ndata: two\n\n',
      'id: 3\nevent: x\ndata: 3\n\n',
    ];
    source = await TestSource.listen((response, request) => {
      const from = Number(request.headers['last-event-id'] ?? 0);
      if (from === events.length) void status(204)(response, request);
      else
        void whole(events[from] ?? '', { 'content-type': 'text/event-stream' })(response, request);
    });
    await streams.start({
      streamId: 'events',
      url: source.url,
      index: 'events',
      format: 'sse',
      resume: { by: 'event-id' },
    });
    await streams.until('events', 'stopped');
    await streams.untilStored('events', 3);
    expect(new Set(await streams.stored('events'))).toEqual(
      new Set([{ n: 1 }, { message: 'two' }, { message: '3', event: 'x' }]),
    );
  }, 60_000);

  it('that cannot be followed is recorded with the reason', async () => {
    source = await TestSource.listen(status(404));
    await streams.start({ streamId: 'gone', url: source.url, index: 'gone', ...BYTES });
    await expect(streams.until('gone', 'failed')).resolves.toMatchObject({
      code: 'http-status',
      reason: 'the source answered 404',
    });
    expect(source.requests).toHaveLength(1);
  }, 60_000);
});
