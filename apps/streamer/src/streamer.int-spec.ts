import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { StreamGrant } from '#contracts';
import { freshBroker } from '../../../tools/testing/servers.ts';
import type { FreshBroker } from '../../../tools/testing/servers.ts';
import { ServiceProcess } from '../../../tools/testing/service-process.ts';
import { PlayedStatus } from '../testing/played-status.js';
import { rangeSource, slowRangeSource } from '../testing/range-source.js';
import { TestSource, endless, whole } from '../testing/test-source.js';
import type { Answer } from '../testing/test-source.js';
import { until } from '../testing/until.js';

// A machine that does other things at the same time takes its time.
jest.setTimeout(60_000);

const STOP = { outcome: 'cancelled', code: 'cancelled', finishRunning: false } as const;
const two = '{"n":1}\n{"n":2}\n';
const live = endless({ etag: '"v1"' }, `${two}{"half`);
const lines = Array.from({ length: 40_000 }, (_unused, n) => `{"n":${n},"text":"é€"}`);
const body = Buffer.from(lines.map((line) => `${line}\n`).join(''));

let rabbit: FreshBroker;
let status: PlayedStatus;
let source: TestSource | undefined;
let streamers: ServiceProcess[];

beforeEach(async () => {
  streamers = [];
  rabbit = await freshBroker();
  status = await PlayedStatus.play(rabbit.amqpUrl, 'test');
});

afterEach(async () => {
  for (const streamer of streamers) await streamer.kill();
  await source?.close();
  source = undefined;
  await status.close();
  await rabbit.drop();
});

async function start(env: Record<string, string> = {}): Promise<ServiceProcess> {
  const streamer = new ServiceProcess('streamer', {
    AMQP_URL: rabbit.amqpUrl,
    STREAM_ALLOWED_HOSTS: '127.0.0.0/8',
    ...env,
  });
  streamers.push(streamer);
  await streamer.ready();
  return streamer;
}

async function grantOf(
  answer: Answer,
  more: Partial<StreamGrant['settings']> = {},
): Promise<StreamGrant> {
  source = await TestSource.listen(answer);
  return {
    settings: {
      url: source.url,
      format: 'ndjson',
      request: { headers: {}, secretHeaders: {} },
      resume: { by: 'bytes', parameter: 'since', overlapMs: 0, onGap: 'earliest' },
      idleTimeoutMs: 60_000,
      maxLineBytes: 1_048_576,
      index: 'logs',
      onEnd: 'stop',
      ...more,
    },
    bounds: { from: 0, to: Date.UTC(2100, 0, 1) },
  };
}

describe('the streamer', () => {
  it('takes an offer, publishes the documents, and says what it does', async () => {
    const streamer = await start();
    await status.offer(await grantOf(rangeSource(body)));
    await until(() => status.isClosed);
    await until(() => status.documents.size === lines.length);
    expect(status.delivered).toBe(lines.length);
    expect([...status.documents.values()].map((document) => document.source.toString())).toEqual(
      lines,
    );
    expect(status.report).toMatchObject({
      key: 'stream/test',
      epoch: 1,
      state: 'stopped',
      position: { by: 'bytes', etag: '"v1"', offset: body.length },
      counters: { documents: lines.length, bytes: body.length },
    });
    await until(async () => (await status.messagesIn('streamer.work')) === 0);
    const metrics = await streamer.get('/metrics');
    expect(metrics.body).toMatch(/signalbox_streamer_documents_total(\{.*\})? 40000/);
  });

  it('puts raw lines that are no documents into the dead lines', async () => {
    await start();
    await status.offer(await grantOf(whole('{"n":1}\noops\n', { etag: '"v1"' })));
    await until(() => status.isClosed);
    expect(await status.messagesIn('streamer.lines.dead')).toBe(1);
    expect(status.report?.counters).toMatchObject({ documents: 1, rejected: 1 });
  });

  it('stops when the record says so, and is ready for the next offer', async () => {
    const streamer = await start({ STREAM_SLOTS: '1' });
    await status.offer(await grantOf(live));
    await until(() => status.documents.size === 2);
    expect((await streamer.get('/debug/tasks')).body).toContain('"stream test"');
    await status.ping({ cancelled: STOP });
    await until(() => status.isClosed);
    await until(() => source?.sockets.size === 0);
    expect(status.report).toMatchObject({ state: 'stopped', position: { offset: two.length } });
    await status.offer();
    await until(() => status.report?.epoch === 2 && status.report.state === 'streaming');
    expect(source?.requests[1]).toMatchObject({
      range: `bytes=${two.length}-`,
      'if-range': '"v1"',
    });
  });

  it('gives a stream back when it stops, and another goes on where it stood', async () => {
    const first = await start();
    await status.offer(await grantOf(live));
    await until(() => status.documents.size === 2);
    await expect(first.stop()).resolves.toBe(0);
    await until(() => status.isReleased);
    expect(source?.sockets.size).toBe(0);
    expect(status.typesOf(1).slice(-2)).toEqual(['stream.checkpointed', 'lease.released']);
    await start();
    await status.offer();
    await until(() => status.report?.epoch === 2 && status.report.state === 'streaming');
    expect(source?.requests[1]?.range).toBe(`bytes=${two.length}-`);
  });

  it('gives a stream back for newer settings', async () => {
    await start();
    await status.offer(await grantOf(live));
    await until(() => status.documents.size === 2);
    await status.ping({ revoked: true });
    await until(() => status.isReleased);
    expect(status.report).toMatchObject({ state: 'draining', position: { offset: two.length } });
  });

  it('killed in the middle loses no document, and its successor doubles none', async () => {
    await start();
    await status.offer(await grantOf(slowRangeSource(body, 10_001)));
    for (let kills = 1; kills <= 3; kills += 1) {
      const { size } = status.documents;
      await until(
        () =>
          status.documents.size > size + 4_000 &&
          status.typesOf(kills).includes('stream.checkpointed'),
      );
      await streamers.at(-1)?.kill();
      await start();
      await status.offer();
    }
    await until(() => status.isClosed);
    await until(() => status.documents.size === lines.length);
    expect(
      new Set([...status.documents.values()].map(({ source: line }) => line.toString())),
    ).toEqual(new Set(lines));
  });
});

describe('the health of the streamer', () => {
  it('names what it waits for', async () => {
    const empty = await freshBroker();
    const streamer = new ServiceProcess('streamer', { AMQP_URL: empty.amqpUrl });
    streamers.push(streamer);
    const ready = await streamer.get('/health/ready');
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.body)).toMatchObject({ error: { status: { status: 'down' } } });
    expect((await streamer.get('/health/live')).status).toBe(200);
    await expect(streamer.stop()).resolves.toBe(0);
    await empty.drop();
  });
});
