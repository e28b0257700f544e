import type { Logger } from '#runtime';
import {
  DeadlineExceededError,
  Gate,
  messageOf,
  sleep,
  systemClock,
  withTimeout,
  type Clock,
} from '#supervisor';
import type { FeedEvent } from './feed-entry.js';
import type { FeedPosition } from './feed-id.js';
import { FeedGapError, type FeedTable } from './feed-table.js';

/** How often the database is asked for more while anybody watches. */
const LOOK_EVERY_MS = 100;

/** How often while it does not answer. */
const LOOK_AGAIN_MS = 1_000;

/** What is kept of the end of the feed, for all clients that are not far behind. */
const TAIL = { events: 2_000, characters: 4 * 1024 * 1024 };

/** How many events a client gets at once. */
const AT_ONCE = 200;

/**
 * The end of the feed, read from the database once for all clients of this process. While nobody watches, nothing is read. Numbers
 * have no gaps, so an event's place in the tail follows from its number.
 */
export class FeedLog {
  private tail: FeedEvent[] = [];
  private characters = 0;
  /** Unknown until the database was asked. */
  private end: FeedPosition | undefined;
  private more = new Gate();
  private readonly watched = new Gate();
  private watchers = 0;
  private unreachable = false;

  constructor(
    private readonly table: Pick<FeedTable, 'extent' | 'after'>,
    private readonly log: Pick<Logger, 'warn'>,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Somebody watches, from now until the result is called. */
  watch(): () => void {
    this.watchers += 1;
    this.watched.open();
    return () => {
      this.watchers -= 1;
      if (this.watchers === 0) this.watched.close();
    };
  }

  /** Reads what is new, until the signal aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      if (!this.watched.isOpen) {
        await this.watched.wait(signal);
        // What came while nobody watched is for the database to tell.
        this.forget();
      }
      await sleep(await this.look(), signal, this.clock);
    }
  }

  /**
   * The events that follow a position, some of them: from the tail, or from the database for whoever is far behind. Waits for one,
   * at most `timeoutMs`; then there are none. Throws what `FeedTable.after` throws.
   */
  async after(
    position: FeedPosition,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<readonly FeedEvent[]> {
    const { more } = this;
    const known = this.tailAfter(position);
    if (known === undefined) return this.table.after(position);
    if (known.length > 0) return known;
    try {
      await withTimeout((until) => more.wait(until), timeoutMs, { signal, clock: this.clock });
    } catch (error) {
      if (!(error instanceof DeadlineExceededError)) throw error;
    }
    return this.tailAfter(position) ?? [];
  }

  /** Reads once; tells when to read again. */
  private async look(): Promise<number> {
    try {
      if (this.end === undefined) {
        this.end = await this.table.extent();
        // Those who wait may be behind it, or of another feed.
        this.wake();
      }
      const events = await this.table.after(this.end);
      this.unreachable = false;
      this.append(this.end, events);
      return events.length > 0 ? 0 : LOOK_EVERY_MS;
    } catch (error) {
      if (error instanceof FeedGapError) this.forget();
      else this.tellOnce(error);
      return LOOK_AGAIN_MS;
    }
  }

  private forget(): void {
    this.tail = [];
    this.characters = 0;
    this.end = undefined;
  }

  private append({ generation }: FeedPosition, events: readonly FeedEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    this.tail.push(...events);
    this.characters += charactersOf(events);
    let dropped = 0;
    while (this.tail.length - dropped > TAIL.events || this.characters > TAIL.characters) {
      this.characters -= this.tail[dropped]?.text.length ?? 0;
      dropped += 1;
    }
    this.tail.splice(0, dropped);
    this.end = { generation, number: last.number };
    this.wake();
  }

  private wake(): void {
    const { more } = this;
    this.more = new Gate();
    more.open();
  }

  /** `undefined` when the tail does not reach back so far. Empty at the end, and while nothing is known yet. */
  private tailAfter({ generation, number }: FeedPosition): readonly FeedEvent[] | undefined {
    if (this.end === undefined) return [];
    if (generation !== this.end.generation) {
      throw new FeedGapError(`the feed ${generation} has given way to ${this.end.generation}`);
    }
    if (number >= this.end.number) return [];
    const first = this.tail[0]?.number ?? this.end.number + 1;
    if (number + 1 < first) return undefined;
    return this.tail.slice(number + 1 - first, number + 1 - first + AT_ONCE);
  }

  private tellOnce(error: unknown): void {
    if (this.unreachable) return;
    this.unreachable = true;
    this.log.warn({ reason: messageOf(error) }, 'the feed stands still; trying again');
  }
}

function charactersOf(events: readonly FeedEvent[]): number {
  return events.reduce((sum, { text }) => sum + text.length, 0);
}
