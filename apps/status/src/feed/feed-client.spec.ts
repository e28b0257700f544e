import { afterEach, describe, expect, it } from '@jest/globals';
import { DependencyUnavailableError } from '#contracts';
import { ManualClock, Supervisor, sleep } from '#supervisor';
import { FeedClient, KEEPALIVE_MS, type FeedSource } from './feed-client.js';
import { feedEvent, type FeedEvent } from './feed-entry.js';
import { parseFeedFilter } from './feed-filter.js';
import type { FeedPosition } from './feed-id.js';

const GENERATION = '0123abcd';

/** A client whose response and whose feed are in memory, on a clock that stands still. */
class ClientUnderTest {
  readonly sent: string[] = [];
  readonly clock = new ManualClock();
  readonly supervisor = new Supervisor({ name: 'test', limit: 1, clock: this.clock });
  /** What the feed has. */
  entries: FeedEvent[] = [];
  isDown = false;
  private sentAtMs = 0;

  start(query: Record<string, unknown>, lastEventId?: string): void {
    const { clock } = this;
    const stream = {
      send: async (texts: readonly string[]): Promise<void> => {
        this.sent.push(...texts);
        if (texts.length > 0) this.sentAtMs = clock.now();
      },
      get silentMs(): number {
        return clock.now() - sentAtMs();
      },
    };
    const sentAtMs = (): number => this.sentAtMs;
    const source: FeedSource = {
      log: { after: (position, waitMs, signal) => this.after(position, waitMs, signal) },
      extent: async () => {
        this.answer();
        return { generation: GENERATION, number: this.entries.length, oldest: 1 };
      },
      snapshot: async function* () {},
      onReset: () => undefined,
    };
    const request = { filter: parseFeedFilter(query), lastEventId };
    const client = new FeedClient(stream, source, request, clock);
    this.supervisor.trySpawn('client', ({ signal }) => client.run(signal));
  }

  add(subject: string): void {
    const number = this.entries.length + 1;
    const entry = { number, type: 'index', subject, data: '{}' } as const;
    this.entries.push(feedEvent(entry, GENERATION));
  }

  private async after(
    { number }: FeedPosition,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<readonly FeedEvent[]> {
    this.answer();
    if (this.entries.length === number) await sleep(Math.min(waitMs, 100), signal, this.clock);
    return this.entries.slice(number);
  }

  private answer(): void {
    if (this.isDown) throw new DependencyUnavailableError('PostgreSQL does not answer');
  }
}

describe('a client of the feed', () => {
  let client = new ClientUnderTest();
  afterEach(async () => {
    await client.supervisor.close();
    client = new ClientUnderTest();
  });

  const passes = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 100) await client.clock.advanceAsync(100);
  };

  it('hears a keepalive every 15 s when nothing happens, with the id to go on from', async () => {
    client.start({ index: 'mine' }, `0-${GENERATION}`);
    await passes(KEEPALIVE_MS);
    expect(client.sent).toEqual([`id: 0-${GENERATION}\n: keepalive\n\n`]);
    client.add('of another');
    await passes(2 * KEEPALIVE_MS);
    expect(client.sent.slice(1)).toEqual([
      `id: 1-${GENERATION}\n: keepalive\n\n`,
      `id: 1-${GENERATION}\n: keepalive\n\n`,
    ]);
  });

  it('hears a keepalive although others are told all the time', async () => {
    client.start({ index: 'mine' }, `0-${GENERATION}`);
    for (let n = 0; n < 160; n += 1) {
      client.add('of another');
      await client.clock.advanceAsync(100);
    }
    expect(client.sent).toEqual([expect.stringMatching(/^id: 1[45]\d-\w+\n: keepalive\n\n$/)]);
  });

  it('stays while PostgreSQL does not answer, hears keepalives, and gets all of it afterwards', async () => {
    client.isDown = true;
    client.start({}, `0-${GENERATION}`);
    await passes(KEEPALIVE_MS + 1_000);
    expect(client.sent).toEqual([': keepalive\n\n']);
    client.add('a');
    client.isDown = false;
    await passes(1_100);
    client.isDown = true;
    client.add('b');
    await passes(1_100);
    client.isDown = false;
    await passes(1_100);
    expect(client.sent.slice(1)).toEqual(client.entries.map(({ text }) => text));
  });

  it('is told where it begins, with an id to go on from, before anything has happened', async () => {
    client.start({ snapshot: 'false' });
    await passes(100);
    expect(client.sent).toEqual([
      'event: reset\ndata: {"reason":"new"}\n\n',
      `id: 0-${GENERATION}\nevent: live\ndata: {"cut":[]}\n\n`,
    ]);
  });
});
