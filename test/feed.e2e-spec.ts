import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { StartStream } from '#contracts';
import { FeedWatcher, numbersOf } from '../apps/status/testing/feed-watcher.ts';
import { schemaCheck } from '../apps/status/testing/schema-check.ts';
import { eventually } from '../tools/testing/eventually.ts';
import type { ServiceProcess } from '../tools/testing/service-process.ts';
import { StatusUnderTest } from './status-under-test.ts';

jest.setTimeout(120_000);

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
  readonly components: object;
}

describe('what two statuses tell over HTTP', () => {
  let status: StatusUnderTest;
  let standby: ServiceProcess;
  const watchers: FeedWatcher[] = [];

  beforeAll(async () => {
    status = await StatusUnderTest.open();
    await status.ready();
    // Nest tells then which routes there are.
    standby = status.startService({ LOG_LEVEL: 'debug' });
    await standby.ready();
  });

  afterAll(async () => {
    for (const watcher of watchers) watcher.close();
    await standby?.kill();
    await status?.close();
  });

  async function watch(service: ServiceProcess, query: string, lastEventId?: string) {
    const watcher = new FeedWatcher(`${await service.address()}/v1/feed${query}`);
    watchers.push(watcher);
    await watcher.connect(lastEventId);
    return watcher;
  }

  const lastState = (watcher: FeedWatcher): unknown =>
    (watcher.events.findLast(({ type }) => type === 'execution')?.data as { state?: string })
      ?.state;

  it('answers as the OpenAPI document says, on every route there is', async () => {
    const worker = await status.startWorker();
    const executionId = await status.run(['host-1', 'host-2']);
    const lease = await worker.takeWork();
    await worker.report(lease, { 'host-1': 'succeeded', 'host-2': 'failed' });
    lease.finish();
    await status.ending(executionId);
    await status.startWorker('streamer');
    const stream = { streamId: 'edge', url: 'https://edge.example.net/', format: 'ndjson' };
    await status.ask(StartStream, { ...stream, index: 'edge' });
    await status.closeWorkers();

    const document = (await status.service.getJson('/v1/openapi.json')).body as Document;
    const routes = standby.lines
      .flatMap(({ msg }) => /^Mapped \{(\S+), (?:GET|ALL)\} route/.exec(msg)?.[1] ?? [])
      .map((route) => route.replace(/:(\w+)/g, '{$1}'));
    const described = Object.keys(document.paths);
    expect(routes.filter((route) => !route.includes('*')).toSorted(byName)).toEqual(
      described.toSorted(byName),
    );

    const good = described.filter((path) => path !== '/v1/feed');
    const nobody = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b19';
    const bad = ['/v1/executions?limt=1', '/v1/executions?limit=many', '/v1/streams?cursor=WzFd'];
    const asked: [path: string, url: string, status: number][] = [
      ...good.map((path): [string, string, number] => [path, path, 200]),
      ...bad.map((url): [string, string, number] => [url.split('?')[0] ?? '', url, 400]),
      ['/v1/executions', `/v1/executions?cursor=${cursor([1, 'x'])}`, 400],
      ['/v1/executions', `/v1/executions?cursor=${cursor([9e99, nobody])}`, 400],
      ['/v1/feed', '/v1/feed?type=nonsense', 400],
      ['/v1/executions/{executionId}', '/v1/executions/7', 400],
      ['/v1/executions/{executionId}', `/v1/executions/${nobody}`, 404],
      ['/v1/streams/{streamId}', '/v1/streams/none', 404],
    ];
    for (const [path, url, expected] of asked) {
      const filled = url.replace('{executionId}', executionId).replace('{streamId}', 'edge');
      const answer = await fetch(`${await status.service.address()}${filled}`);
      const body = await answer.text();
      expect({ url: filled, status: answer.status, body }).toMatchObject({ status: expected });
      const { content } = document.paths[path]?.get.responses[expected] ?? {};
      const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
      const { schema } = content?.[type] ?? {};
      expect({ url: filled, type, schema }).toMatchObject({ schema: expect.any(Object) });
      const check = schemaCheck({ ...schema, components: document.components });
      check(type === 'application/json' ? JSON.parse(body) : body);
    }
  });

  it('says what is not there, and that nothing can be written', async () => {
    const address = await status.service.address();
    const unknown = await fetch(`${address}/v1/hosts`);
    expect([unknown.status, await unknown.json()]).toMatchObject([
      404,
      {
        code: 'not-found',
        reason: expect.stringContaining('there is no GET /v1/hosts'),
        retryable: false,
      },
    ]);
    const written = await fetch(`${address}/v1/executions`, { method: 'POST' });
    expect([written.status, await written.json()]).toMatchObject([404, { code: 'not-found' }]);
    const last = await fetch(`${address}/v1/executions?until=8640000000000000`);
    expect(last.status).toBe(200);
  });

  it('follows an execution on the standby while the active status is killed, and elsewhere from its id', async () => {
    const [active, other] = [status.service, standby];
    const worker = await status.startWorker();
    const executionId = await status.run(['host-1', 'host-2', 'host-3']);
    const [onActive, onStandby] = [await watch(active, ''), await watch(other, '')];
    const lease = await worker.takeWork();
    await worker.report(lease, { 'host-1': 'started' });
    for (const watcher of [onActive, onStandby]) {
      await watcher.until(() => lastState(watcher) === 'running');
    }
    await active.kill();
    await onActive.end();
    await worker.report(lease, { 'host-1': 'succeeded', 'host-2': 'succeeded' });
    await worker.report(lease, { 'host-3': 'succeeded' });
    lease.finish();
    const resumed = await watch(other, '', onActive.lastEventId);
    for (const watcher of [resumed, onStandby]) {
      await watcher.until(() => lastState(watcher) === 'succeeded');
    }
    const numbers = numbersOf([...onActive.entries, ...resumed.entries]);
    expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
    const seen = numbersOf(onStandby.entries);
    expect(seen).toEqual(seen.map((_, at) => (seen[0] ?? 0) + at));
    expect(resumed.events.map(({ type }) => type)).not.toContain('reset');
    expect(await status.execution(executionId)).toMatchObject({ state: 'succeeded' });
    await status.closeWorkers();
    status.service = status.startService();
    await status.service.ready();
  });

  it('keeps its clients while PostgreSQL is down, and tells them all of it afterwards', async () => {
    const watcher = await watch(standby, '?type=execution');
    await watcher.until((events) => events.some(({ type }) => type === 'live'));
    status.postgres.cut();
    const late = await watch(standby, '?type=execution', watcher.lastEventId);
    expect((await standby.get('/v1/executions')).status).toBe(503);
    status.postgres.mend();
    const executionId = await eventually(
      'a command is taken',
      () => status.run(['host-1']),
      30_000,
    );
    for (const one of [watcher, late]) {
      await one.until((events) =>
        events.some(({ data }) => (data as { executionId?: string }).executionId === executionId),
      );
    }
    expect(late.entries).toEqual(watcher.entries);
  });

  it('lets its clients go when it stops in order', async () => {
    const watcher = await watch(standby, '');
    await watcher.until((events) => events.some(({ type }) => type === 'live'));
    const stopped = standby.stop();
    await watcher.end();
    expect(await stopped).toBe(0);
    const elsewhere = await watch(status.service, '', watcher.lastEventId);
    await elsewhere.until((events) => events.some(({ type }) => type === 'service'));
    expect(elsewhere.events.map(({ type }) => type)).not.toContain('reset');
  });
});

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function cursor(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}
