import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { AcquireLease, RunTask, StartStream, TargetsChanged } from '#contracts';
import { Supervisor, turn } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { FeedUnderTest } from '../../testing/feed-under-test.js';
import { numbersOf, type FeedWatcher } from '../../testing/feed-watcher.js';
import { hosts, instance, report, request } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { RecordOnPostgres } from '../../testing/record-on-postgres.js';
import { apply, needsOf } from '../record/apply.js';
import { RecordStore, TakenOverError } from '../storage/record-store.js';

jest.setTimeout(60_000);

const NOW = 1_764_000_000_000;
const messages = new RecordInMemory();
const say = messages.message.bind(messages);
const id = (n: number) => `0192f0c4-6b1e-4c57-9d6a-${String(n).padStart(12, '0')}`;
const run = (n: number, targets = 1) =>
  say(RunTask, { executionId: id(n), plugin: 'ssh', targets: hosts(targets) });
const start = (streamId: string) =>
  say(StartStream, { streamId, url: 'https://a.example.net/', format: 'ndjson', index: 'i' });

describe('the live feed', () => {
  let record: RecordOnPostgres;
  let feed: FeedUnderTest;
  const others: FeedUnderTest[] = [];

  beforeAll(async () => {
    record = await RecordOnPostgres.create();
  });
  afterAll(() => record.drop());
  beforeEach(async () => {
    await record.clear();
    feed = await another();
  });
  afterEach(async () => {
    for (const one of others.splice(0)) await one.close();
  });

  async function another(limits?: ConstructorParameters<typeof FeedUnderTest>[1]) {
    const one = new FeedUnderTest(record, limits);
    others.push(one);
    await one.start();
    return one;
  }

  /** Entries that no transition made: for the order and the amount alone. */
  async function fill(entries: number, characters = 20): Promise<void> {
    await feed.table.extent();
    await record.rows(
      `with n as (select last from feed_position)
       insert into feed select n.last + at, 'index', 'logs', to_json(repeat('x', $2)) from n, generate_series(1, $1) as at`,
      [entries, characters],
    );
    await record.rows('update feed_position set last = last + $1', [entries]);
  }

  const isLive = (events: FeedWatcher['entries']) => events.some(({ type }) => type === 'live');
  const has = (count: number) => (events: FeedWatcher['entries']) =>
    events.filter(({ id: number, type }) => number !== undefined && type !== 'live').length >=
    count;
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, at) => from + at);

  it('begins with the present state, then tells what changes', async () => {
    await record.apply(NOW, run(1), start('edge'));
    const watcher = await feed.watch();
    await watcher.until(isLive);
    expect(watcher.events).toMatchObject([
      { id: undefined, type: 'reset', data: { reason: 'new' } },
      { id: undefined, type: 'stream', data: { streamId: 'edge', state: 'idle' } },
      { id: undefined, type: 'execution', data: { executionId: id(1), state: 'queued' } },
      { id: expect.stringMatching(/^2-[0-9a-f]{8}$/), type: 'live', data: { cut: [] } },
    ]);
    await record.apply(NOW, run(2));
    await watcher.until(has(1));
    expect(watcher.events.at(-1)).toMatchObject({
      id: expect.stringMatching(/^3-/),
      type: 'execution',
      data: { executionId: id(2) },
    });
  });

  it('tells every entry once and in order, to the clients of every status, while the writer changes', async () => {
    const standby = await another();
    const watchers = [await feed.watch('?snapshot=false'), await standby.watch('?snapshot=false')];
    await Promise.all(watchers.map((watcher) => watcher.until(isLive)));
    const last = await takeTurns(record, 30);
    const { number } = await feed.table.extent();
    expect(last).toBeGreaterThan(30);
    for (const watcher of watchers) {
      await watcher.until(has(number));
      expect(numbersOf(watcher.entries)).toEqual(range(1, number));
    }
    expect(watchers[1]?.entries).toEqual(watchers[0]?.entries);
  });

  it('goes on from every id with the same list, whatever is filtered', async () => {
    for (let n = 1; n <= 8; n += 1) {
      await record.apply(NOW, run(n, 3), start(`edge-${n}`));
      const key = `chunk/${id(n)}/1`;
      await record.apply(
        NOW,
        say(AcquireLease, { key, instanceId: instance(1), requestId: request(n) }),
      );
      await record.apply(NOW, say(TargetsChanged, report(key, 1, 1, { 'host-1': 'succeeded' })));
    }
    const { number, generation } = await feed.table.extent();
    const queries = ['', '?type=targets,stream', `?executionId=${id(3)}`, '?streamId=edge-5'];
    const all = await entriesFrom('', `0-${generation}`, number);
    for (const query of queries) {
      const whole = await entriesFrom(query, `0-${generation}`, number);
      expect(whole.length).toBeGreaterThan(0);
      expect(all).toEqual(expect.arrayContaining([...whole]));
      for (let from = 0; from < number; from += 1) {
        const rest = await entriesFrom(query, `${from}-${generation}`, number);
        expect(rest).toEqual(whole.filter((_, at) => (numbersOf(whole)[at] ?? 0) > from));
      }
    }
  });

  /** What a client gets that goes on from an id, up to the present end of the feed. */
  async function entriesFrom(query: string, lastEventId: string, end: number) {
    const watcher = await feed.watch(query, lastEventId);
    const whole = await record.rows<{ n: number }>('select last as n from feed_position');
    expect(whole).toEqual([{ n: end }]);
    // Whatever the filter lets through is there once an entry that it lets through too has come behind it.
    const expected = await wantedAfter(query, Number.parseInt(lastEventId, 10));
    await watcher.until(has(expected));
    watcher.close();
    return watcher.entries;
  }

  async function wantedAfter(query: string, number: number): Promise<number> {
    const parameters = new URLSearchParams(query);
    const [types, execution, stream] = ['type', 'executionId', 'streamId'].map((name) =>
      parameters.get(name),
    );
    const [{ count } = { count: 0 }] = await record.rows<{ count: number }>(
      `select count(*) from feed where id > $1
         and ($2::text is null or type = any(string_to_array($2, ',')))
         and ($3::text is null and $4::text is null
              or type in ('execution', 'targets') and subject = $3 or type = 'stream' and subject = $4)`,
      [number, types, execution, stream],
    );
    return count;
  }

  it.each([
    ['new', () => undefined],
    ['unknown', () => 'nonsense'],
    ['unknown', () => '1-00000000'],
    ['unknown', (generation: string) => `9999-${generation}`],
    ['too-old', (generation: string) => `3-${generation}`],
  ] as const)('resets a client whose id is %s, then goes on', async (reason, lastId) => {
    await record.apply(NOW, run(1));
    await fill(19);
    await feed.table.trim(10);
    const { generation } = await feed.table.extent();
    const watcher = await feed.watch('', lastId(generation));
    await watcher.until(isLive);
    expect(watcher.events).toMatchObject([
      { type: 'reset', data: { reason } },
      { type: 'execution', data: { executionId: id(1) } },
      { id: `20-${generation}`, type: 'live' },
    ]);
    await fill(5);
    await watcher.until(has(5));
    expect(numbersOf(watcher.entries)).toEqual(range(21, 25));
    expect(await feed.metric('signalbox_feed_resets_total', reason)).toBe(1);
  });

  it('does not reset a client whose id is just not too old', async () => {
    await fill(20);
    await feed.table.trim(10);
    const { generation } = await feed.table.extent();
    const watcher = await feed.watch('', `10-${generation}`);
    await watcher.until(has(10));
    expect(numbersOf(watcher.entries)).toEqual(range(11, 20));
    expect(watcher.events.map(({ type }) => type)).not.toContain('reset');
  });

  it('resets a client, connected or not, when a backup without the feed was restored', async () => {
    await fill(5);
    const watcher = await feed.watch('?snapshot=false');
    await watcher.until(isLive);
    await record.rows('truncate feed, feed_position');
    await record.apply(NOW, run(1));
    await watcher.until((events) => events.filter(({ type }) => type === 'live').length === 2);
    expect(watcher.events).toContainEqual({
      id: undefined,
      type: 'reset',
      data: { reason: 'unknown' },
    });
  });

  it('tells the targets of an execution that is asked for in its snapshot, and cuts what is long', async () => {
    await record.apply(NOW, run(1, 250));
    const watcher = await feed.watch(`?executionId=${id(1)}`);
    await watcher.until(isLive);
    const pages = watcher.events.filter(({ type }) => type === 'targets');
    const sizes = pages.map(({ data }) => (data as { items: unknown[] }).items.length);
    expect(sizes).toEqual([100, 100, 50]);
    for (let n = 0; n < 11; n += 1) {
      await record.apply(NOW, ...range(1, 100).map((at) => run(1_000 + n * 100 + at)));
    }
    const all = await feed.watch('?type=execution');
    await all.until(isLive);
    expect(all.events.filter(({ type }) => type === 'execution')).toHaveLength(1_000);
    expect(all.events.at(-1)).toMatchObject({ type: 'live', data: { cut: ['execution'] } });
  });

  it('watches what is not recorded yet', async () => {
    const watcher = await feed.watch(`?executionId=${id(7)}`);
    await watcher.until(isLive);
    expect(watcher.events.map(({ type }) => type)).toEqual(['reset', 'live']);
    await record.apply(NOW, run(6), run(7));
    await watcher.until(has(1));
    expect(watcher.entries).toMatchObject([{ type: 'execution', data: { executionId: id(7) } }]);
  });

  it.each([
    ['?type=executions', 'type'],
    ['?type=', 'type'],
    ['?executionId=7', 'executionId'],
    ['?streamId=A%20B', 'streamId'],
    ['?service=cli', 'service'],
    ['?snapshot=no', 'snapshot'],
    ['?index=', 'index'],
    ['?limit=3', 'limit'],
    ['?type=stream&type=index', 'type'],
    [`?type=stream&executionId=${id(1)}`, 'executionId'],
  ])('refuses %s', async (query, parameter) => {
    const response = await fetch(feed.url(query));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'contract-violated',
      reason: expect.stringMatching(`^the feed cannot be filtered so: ${parameter}: `),
      retryable: false,
    });
  });

  it('tells 1,000 events to 50 clients, each of them all of them', async () => {
    const watchers: FeedWatcher[] = [];
    for (let n = 0; n < 50; n += 1) watchers.push(await feed.watch('?snapshot=false'));
    await Promise.all(watchers.map((watcher) => watcher.until(isLive)));
    for (let n = 0; n < 100; n += 1) await fill(10, 500);
    await Promise.all(watchers.map((watcher) => watcher.until(has(1_000))));
    for (const watcher of watchers) {
      expect(numbersOf(watcher.entries)).toEqual(range(1, 1_000));
    }
    expect(await feed.metric('signalbox_feed_clients')).toBe(50);
  });

  it('drops a client that does not read, holding little of what it did not take', async () => {
    const slow = await another({ slowAfterMs: 500 });
    await fill(20_000, 2_000);
    const { generation } = await slow.table.extent();
    const socket = connect(slow.port, '127.0.0.1');
    const reset = once(socket, 'close').catch((error: unknown) => error);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(`GET /v1/feed HTTP/1.1\r\nhost: x\r\nlast-event-id: 0-${generation}\r\n\r\n`);
    let peak = 0;
    await eventually(
      'it is dropped',
      async () => {
        peak = Math.max(peak, slow.responses[0]?.writableLength ?? 0);
        return (await slow.metric('signalbox_feed_clients_ended_total', 'slow')) === 1;
      },
      30_000,
    );
    socket.destroy();
    await reset;
    expect(peak).toBeLessThan(256 * 1024);
    expect(await slow.metric('signalbox_feed_clients')).toBe(0);
  });

  it('takes so many clients, and forgets those that leave', async () => {
    const small = await another({ maxClients: 2 });
    const [first] = [await small.watch(), await small.watch()];
    const refused = await fetch(small.url());
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      code: 'dependency-unavailable',
      reason: '2 clients watch the feed already: ask another one, or later',
      retryable: true,
    });
    first?.close();
    await eventually(
      'it left',
      async () => (await small.metric('signalbox_feed_clients_ended_total', 'left')) === 1,
    );
    const next = await small.watch();
    await next.until(isLive);
  });

  it('ends its clients in order when it closes; they go on elsewhere with their ids', async () => {
    const closing = await another();
    const watcher = await closing.watch('?snapshot=false');
    await fill(3);
    await watcher.until(has(3));
    await closing.clients.close();
    await watcher.end();
    expect((await fetch(closing.url())).status).toBe(503);
    await fill(3);
    const elsewhere = await feed.watch('', watcher.lastEventId);
    await elsewhere.until(has(3));
    expect(numbersOf(elsewhere.entries)).toEqual([4, 5, 6]);
    expect(await closing.metric('signalbox_feed_clients_ended_total', 'closing')).toBe(1);
  });

  it('answers HEAD, and holds nothing for it', async () => {
    const head = await fetch(feed.url(), { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-type')).toContain('text/event-stream');
    expect(await feed.metric('signalbox_feed_clients')).toBe(0);
  });

  it('says what it is: an event stream that nobody keeps or gathers', async () => {
    const watcher = await feed.watch();
    expect(watcher.lastEventId).toBeUndefined();
    const response = await watcher.connect();
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    watcher.close();
    await text(response).catch(() => undefined);
  });
});

/**
 * Two statuses write at once, each as long as it may: one takes over from the other again and again, in the middle of what the other
 * does. Returns how many batches were recorded.
 */
async function takeTurns(record: RecordOnPostgres, takeovers: number): Promise<number> {
  const writers = new Supervisor({ name: 'writers', limit: 2 });
  let [recorded, terms, next] = [0, 0, 0];
  const write = async (): Promise<void> => {
    const store = new RecordStore(record.pool);
    while (terms < takeovers) {
      const term = await store.raiseTerm();
      terms += 1;
      try {
        for (let batches = 0; batches < 20; batches += 1) {
          const batch = [run((next += 1)), run((next += 1))];
          await store.transact(term, needsOf(batch), NOW, (set) =>
            apply(set, batch, { nowMs: NOW, requireUser: false }),
          );
          recorded += 1;
          await turn();
        }
      } catch (error) {
        if (!(error instanceof TakenOverError)) throw error;
      }
    }
  };
  const tasks = [writers.trySpawn('one', write), writers.trySpawn('other', write)];
  for (const task of tasks) {
    if (typeof task === 'string') throw new Error(task);
    const outcome = await task.outcome;
    if (outcome.status !== 'succeeded')
      throw new Error(`a writer ${outcome.status}`, { cause: outcome });
  }
  return recorded;
}
