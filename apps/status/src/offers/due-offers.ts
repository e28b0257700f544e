import type { Pool } from 'pg';
import type { WorkOffered } from '#contracts';

/** An offer that is due, and the trace of the command that it follows from. */
export interface DueOffer extends WorkOffered {
  readonly traceparent: string | null;
}

/** Leases that are to be offered, as the record has them (S3). Any number of status processes may take from it at once. */
export class DueOffers {
  constructor(private readonly pool: Pool) {}

  /**
   * Takes up to `limit` due leases, the longest due first. They stay due, but nobody else takes them for five seconds: should this
   * process die with them, another one offers them then. No lock outlives the statement, so neither a slow broker nor a frozen process
   * holds up the writer.
   */
  async take(limit: number): Promise<DueOffer[]> {
    const { rows } = await this.pool.query<DueOffer>({
      name: 'take-due',
      text: `with taken as (
               update leases l set due_at = now() + interval '5 seconds'
               from (select key from leases where due_at <= now() order by due_at limit $1 for update skip locked) due
               where l.key = due.key
               returning l.key, l.epoch, l.execution_id, l.stream_id
             )
             select t.key, t.epoch, coalesce(e.traceparent, s.traceparent) as traceparent
             from taken t
             left join executions e on e.id = t.execution_id
             left join streams s on s.id = t.stream_id`,
      values: [limit],
    });
    return rows;
  }

  /**
   * Says that the broker has these offers: they are not due any more, where the epoch is still the same. One that the writer has in hand
   * right now is left to it; at worst it is offered twice, which is harmless.
   */
  async offered(offers: readonly WorkOffered[]): Promise<void> {
    await this.pool.query({
      name: 'clear-due',
      text: `update leases l set due_at = null, offered_at = now()
             from (select l.key from leases l join unnest($1::text[], $2::integer[]) as o (key, epoch) using (key)
                   where l.epoch = o.epoch and l.due_at is not null for update of l skip locked) as sent
             where l.key = sent.key`,
      values: [offers.map(({ key }) => key), offers.map(({ epoch }) => epoch)],
    });
  }
}
