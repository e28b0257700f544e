import type { Pool } from 'pg';
import { postgresUnavailable } from '../storage/database-errors.js';
import { NEW_GENERATION } from '../storage/rows/feed-rows.js';
import { feedEvent, type FeedEntry, type FeedEvent } from './feed-entry.js';
import type { FeedPosition } from './feed-id.js';

/** How much is read at once: so many entries, of which all but the first fit in so many characters. */
const PAGE = { entries: 200, characters: 1024 * 1024 };

/** Shorter than a client waits for its keepalive, for a PostgreSQL that hangs. */
const ANSWER_WITHIN_MS = 10_000;

/** How many entries are deleted at once. */
const TRIM_BATCH = 5_000;

/** Which part of the feed there is. */
export interface FeedExtent extends FeedPosition {
  /** The oldest entry that is kept; one more than the newest when none is. */
  readonly oldest: number;
}

/** An entry, or nulls, with how far the feed is. */
type PageRow = { [Key in keyof FeedEntry]: FeedEntry[Key] | null } & {
  readonly generation: string;
  readonly last: number;
};

/** The feed was begun anew, or what follows a position is not kept any more. */
export class FeedGapError extends Error {
  override readonly name = 'FeedGapError';
}

/** The feed in PostgreSQL, for every status to read. Throws `DependencyUnavailableError` when PostgreSQL does not answer. */
export class FeedTable {
  constructor(private readonly pool: Pool) {}

  /** How far the feed is. Where there is none (a new database, or a backup without it), it begins. */
  async extent(): Promise<FeedExtent> {
    const [row] = await this.query<FeedExtent & { oldest: number | null }>('feed-extent', EXTENT);
    if (row !== undefined) return { ...row, oldest: row.oldest ?? row.number + 1 };
    await this.query('feed-begin', BEGIN);
    return this.extent();
  }

  /**
   * The entries that follow a position, in order, at most a page of them; none at its end. Throws a `FeedGapError` where one that
   * follows it is gone, or the feed is another one or shorter by now.
   */
  async after({ generation, number }: FeedPosition): Promise<readonly FeedEvent[]> {
    const values = [number, PAGE.entries, PAGE.characters];
    const rows = await this.query<PageRow>('feed-page', PAGE_AFTER, values);
    const [first] = rows;
    const isOfIt = first?.generation === generation && first.last >= number;
    const entries = rows.filter((row): row is PageRow & FeedEntry => row.number !== null);
    const next = entries[0]?.number ?? number + 1;
    if (!isOfIt || next !== number + 1) {
      throw new FeedGapError(`what follows ${number} of the feed ${generation} is gone`);
    }
    return entries.map((entry) => feedEvent(entry, generation));
  }

  /** Deletes all but the newest `keep` entries, in small batches. */
  async trim(keep: number): Promise<void> {
    for (;;) {
      const deleted = await this.query('feed-trim', TRIM, [keep, TRIM_BATCH]);
      if (deleted.length < TRIM_BATCH) return;
    }
  }

  private async query<Row extends object>(
    name: string,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    try {
      const query = { name, text, values: [...values], query_timeout: ANSWER_WITHIN_MS };
      const { rows } = await this.pool.query<Row>(query);
      return rows;
    } catch (error) {
      throw postgresUnavailable('does not answer', error);
    }
  }
}

const EXTENT = `
  select generation, last as number, (select min(id) from feed) as oldest from feed_position`;

const BEGIN = `
  insert into feed_position (generation, last) values (${NEW_GENERATION}, 0) on conflict do nothing`;

/** One row without an entry where there is none. */
const PAGE_AFTER = `
  select generation, last, id as number, type, subject, text as data
  from feed_position
  left join (
    select id, type, subject, text, sum(length(text)) over (order by id) - length(text) as before
    from (select id, type, subject, data::text from feed where id > $1 order by id limit $2)
      as page (id, type, subject, text)
  ) as sized on before < $3
  order by id`;

const TRIM = `
  delete from feed where id in (
    select id from feed where id <= (select last from feed_position) - $1 order by id limit $2
  ) returning 1`;
