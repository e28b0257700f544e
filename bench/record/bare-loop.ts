import type { PoolClient } from 'pg';
import type { BenchRun, Measurement } from '../../tools/bench/definition.ts';
import { freshDatabase } from '../../tools/testing/servers.ts';
import type { Flight, Statements } from './statements.ts';
import { Database } from './storage.ts';
import { eventsThatCounted } from './through-the-queue.ts';
import type { Workload } from './workload.ts';

/**
 * The same SQL with nothing around it. The loop has every statement of the record's own transactions, in batches of the sizes that the
 * service formed, with ready values: what each reads (writer, task-runners, executions, chunks, targets) and what it writes (executions,
 * leases, targets, the event log, the feed), sent in the same two goes and over the same driver, connection settings and prepared
 * statements. It has no broker, no decoding, no checking, no transition, no encoding of rows, and none of what status does beside (tick,
 * pings, offers, news for watchers); rows that are read are parsed by the driver and thrown away.
 */
export async function bareLoop(
  { before, events }: Statements,
  { warmUp, measured }: Workload,
  { signal }: Pick<BenchRun, 'signal'>,
): Promise<Measurement> {
  const fresh = await freshDatabase();
  const database = new Database(fresh.databaseUrl);
  try {
    await database.open();
    const client = await database.writer.connect();
    await play(client, before, signal);
    const startedAt = performance.now();
    await play(client, events, signal);
    const seconds = (performance.now() - startedAt) / 1_000;
    client.release();
    return {
      value: measured.events.length / seconds,
      unit: 'events/s',
      sent: warmUp.events.length + measured.events.length,
      received: await eventsThatCounted(fresh.databaseUrl),
    };
  } finally {
    await database.close();
    await fresh.drop();
  }
}

async function play(
  client: PoolClient,
  flights: readonly Flight[],
  signal: AbortSignal,
): Promise<void> {
  for (const flight of flights) {
    signal.throwIfAborted();
    await Promise.all(flight.map((statement) => client.query(statement)));
  }
}
