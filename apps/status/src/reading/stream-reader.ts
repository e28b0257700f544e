import type { Kysely } from 'kysely';
import {
  GetStreamAnswered,
  ListStreamsAnswered,
  SignalboxError,
  type ListStreams,
  type StreamSummary,
} from '#contracts';
import { addCounters } from '../record/streams/stream.js';
import type { StreamRow, Tables } from '../storage/tables.js';
import { decodeCursor, pageOf } from './page.js';

type SummaryRow = StreamRow & { readonly owner_instance: string | null };

/** Answers questions about streams. */
export class StreamReader {
  constructor(private readonly db: Kysely<Tables>) {}

  /** One stream. Throws `not-found`. */
  async get(streamId: string): Promise<GetStreamAnswered> {
    const row = await this.summaries().where('streams.id', '=', streamId).executeTakeFirst();
    if (!row) throw new SignalboxError('not-found', `no stream ${streamId} is recorded`);
    return Object.assign(new GetStreamAnswered(), summaryOf(row));
  }

  /** A page of streams in the order of their ids. Throws `invalid-cursor`. */
  async list({ state, limit, cursor }: ListStreams): Promise<ListStreamsAnswered> {
    let select = this.summaries()
      .orderBy('streams.id')
      .limit(limit + 1);
    if (state !== undefined) select = select.where('state', '=', state);
    if (cursor !== undefined) {
      const [id] = decodeCursor<[string]>(cursor, ['string']);
      select = select.where('streams.id', '>', id);
    }
    const page = pageOf(await select.execute(), limit, summaryOf, ({ id }) => [id]);
    return Object.assign(new ListStreamsAnswered(), page);
  }

  private summaries() {
    return this.db
      .selectFrom('streams')
      .innerJoin('leases', 'leases.stream_id', 'streams.id')
      .select([
        'streams.id',
        'settings',
        'wanted',
        'state',
        'code',
        'reason',
        'position',
        'counters',
        'counters_before',
        'owner_instance',
      ]);
  }
}

function summaryOf(row: SummaryRow): StreamSummary {
  const { id: streamId, settings, wanted, state, position, code, reason } = row;
  return {
    streamId,
    settings,
    wanted,
    state,
    ...(row.owner_instance !== null && { owner: row.owner_instance }),
    ...(position !== null && { position }),
    counters: addCounters(row.counters_before, row.counters),
    ...(code !== null && { code }),
    ...(reason !== null && { reason }),
  };
}
