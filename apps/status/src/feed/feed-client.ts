import { DependencyUnavailableError } from '#contracts';
import { sleep, systemClock, type Clock } from '#supervisor';
import type { EventStream } from './event-stream.js';
import { eventText } from './feed-entry.js';
import { wants, type FeedFilter } from './feed-filter.js';
import { feedId, parseFeedId, type FeedPosition } from './feed-id.js';
import type { FeedLog } from './feed-log.js';
import type { SnapshotPage } from './feed-snapshot.js';
import { FeedGapError, type FeedExtent } from './feed-table.js';

/** A client hears something at least so often, so that it, and every proxy on the way, knows that the stream lives. */
export const KEEPALIVE_MS = 15_000;

/** How soon a client that could not be told more is tried again. */
const ASK_AGAIN_MS = 1_000;

/**
 * Why a client has to begin anew: it named no id; one of another feed, or of the future; what followed its id is not kept any more.
 */
export const RESET_REASONS = ['new', 'unknown', 'too-old'] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

/** What a client is told from. */
export interface FeedSource {
  readonly log: Pick<FeedLog, 'after'>;
  readonly extent: () => Promise<FeedExtent>;
  readonly snapshot: (filter: FeedFilter) => AsyncIterable<SnapshotPage>;
  readonly onReset: (reason: ResetReason) => void;
}

/** What a client asked for. */
export interface FeedRequest {
  readonly filter: FeedFilter;
  /** The last id that it had. */
  readonly lastEventId: string | undefined;
}

/**
 * Tells one client what it asked for.
 *
 * ```
 *            ┌── the id can be gone on from ──────────────────────┐
 *  CONNECTED ┤                                                    ├──▶ FOLLOWING: every later entry once, in order
 *            └── it cannot, or there is none: `reset`, snapshot, `live` ──▶ │
 *                       ▲                                                   │ what follows was deleted meanwhile
 *                       └───────────────────────────────────────────────────┘
 * ```
 *
 * While PostgreSQL does not answer, the client stays connected and hears keepalives.
 */
export class FeedClient {
  private readonly filter: FeedFilter;
  private lastEventId: string | undefined;
  private position: FeedPosition | undefined;

  constructor(
    private readonly stream: Pick<EventStream, 'send' | 'silentMs'>,
    private readonly source: FeedSource,
    { filter, lastEventId }: FeedRequest,
    private readonly clock: Clock = systemClock,
  ) {
    this.filter = filter;
    this.lastEventId = lastEventId;
  }

  /** Tells until the signal aborts; rejects with its reason, or with a `SlowClientError`. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      try {
        this.position ??= await this.begin(signal);
        await this.follow(this.position, signal);
      } catch (error) {
        if (error instanceof FeedGapError) this.position = undefined;
        else if (!(error instanceof DependencyUnavailableError)) throw error;
        // After a gap too: the log may not know yet of the feed that the database has.
        await sleep(ASK_AGAIN_MS, signal, this.clock);
      }
      await this.keepAlive(signal);
    }
  }

  /** Where to go on. Asked again when PostgreSQL failed in the middle of it: the client then begins anew, again. */
  private async begin(signal: AbortSignal): Promise<FeedPosition> {
    const { generation, number, oldest } = await this.source.extent();
    const last = this.lastEventId === undefined ? undefined : parseFeedId(this.lastEventId);
    const isKnown = last?.generation === generation && last.number <= number;
    if (last && isKnown && last.number >= oldest - 1) return last;
    const reason = this.lastEventId === undefined ? 'new' : isKnown ? 'too-old' : 'unknown';
    const position = { generation, number };
    this.source.onReset(reason);
    await this.stream.send([eventText('reset', JSON.stringify({ reason }))], signal);
    const cut = this.filter.snapshot ? await this.tellSnapshot(signal) : [];
    // What the snapshot told is as new as this id, or newer: what follows may repeat some of it.
    await this.stream.send([eventText('live', JSON.stringify({ cut }), feedId(position))], signal);
    this.lastEventId = feedId(position);
    return position;
  }

  private async tellSnapshot(signal: AbortSignal): Promise<string[]> {
    const left: string[] = [];
    for await (const { events, cut } of this.source.snapshot(this.filter)) {
      await this.stream.send(events, signal);
      if (cut !== undefined) left.push(cut);
    }
    return left;
  }

  private async follow(from: FeedPosition, signal: AbortSignal): Promise<void> {
    const waitMs = Math.max(0, KEEPALIVE_MS - this.stream.silentMs);
    const events = await this.source.log.after(from, waitMs, signal);
    const last = events.at(-1);
    if (last === undefined) return;
    const wanted = events.filter((event) => wants(this.filter, event));
    await this.stream.send(
      wanted.map(({ text }) => text),
      signal,
    );
    this.position = { ...from, number: last.number };
    this.lastEventId = feedId(this.position);
  }

  /** With the id that the client may go on from: it may want little of what there is, and its last event be old. */
  private async keepAlive(signal: AbortSignal): Promise<void> {
    if (this.stream.silentMs < KEEPALIVE_MS) return;
    const id = this.position === undefined ? '' : `id: ${feedId(this.position)}\n`;
    await this.stream.send([`${id}: keepalive\n\n`], signal);
  }
}
