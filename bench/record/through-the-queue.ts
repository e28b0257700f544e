import type { BenchRun, Measurement } from '../../tools/bench/definition.ts';
import { whileOpen } from '../clients/reading.ts';
import { RecordGround } from './ground.ts';
import { OwnerVoice, encoded } from './owner-voice.ts';
import { rowsOf } from './rows.ts';
import type { Workload, WorkloadPart } from './workload.ts';

/** A run, and how many events each of its transactions took, in their order. */
export interface QueueRun extends Measurement {
  readonly batches: readonly number[];
}

/** When owners speak: while the record is written, or before. */
export type Timing = 'meanwhile' | 'before';

/**
 * Events from their owners through `status.record` into the record, until all executions are finished: timed to the last
 * `execution.finished`. *Meanwhile*: from the first publish, so owners, broker and record share the processors, and batches are as large as
 * they come. *Before*: the service stands still until all is in its queue, and is timed from then on.
 */
export function throughTheQueue(
  { warmUp, measured }: Workload,
  timing: Timing,
  { signal }: Pick<BenchRun, 'signal'>,
): Promise<QueueRun> {
  return RecordGround.with(async (ground) => {
    const pieces = [...warmUp.pieces, ...measured.pieces];
    await ground.accept(pieces);
    await Promise.all(pieces.map((piece) => ground.grant(piece)));
    await sayAll(ground, warmUp, 'meanwhile', signal);
    const seconds = await sayAll(ground, measured, timing, signal);
    return {
      value: measured.events.length / seconds,
      unit: 'events/s',
      sent: warmUp.events.length + measured.events.length,
      received: await eventsThatCounted(ground.databaseUrl),
      batches: await batchesOf(ground.databaseUrl, measured),
    };
  });
}

/** Resolves with how many seconds it took until all of it was recorded. */
async function sayAll(
  { amqpUrl, service }: RecordGround,
  { pieces, events }: WorkloadPart,
  timing: Timing,
  signal: AbortSignal,
): Promise<number> {
  const ids = pieces.map(({ executionId }) => executionId);
  const ready = encoded(events);
  return whileOpen(await OwnerVoice.open(amqpUrl, ids), async (voice) => {
    if (timing === 'before') {
      service.freeze();
      await voice.say(ready, signal);
      await voice.confirmed(signal);
    }
    const startedAt = performance.now();
    if (timing === 'before') service.wake();
    else await voice.say(ready, signal);
    await voice.finished(signal);
    return (performance.now() - startedAt) / 1_000;
  });
}

async function batchesOf(databaseUrl: string, { pieces }: WorkloadPart): Promise<number[]> {
  const rows = await rowsOf<{ size: number }>(
    databaseUrl,
    `select count(*)::integer as size from events where aggregate = any($1::text[])
     group by xmin order by min(ctid)`,
    [pieces.map(({ key }) => key)],
  );
  return rows.map(({ size }) => size);
}

/** Those in the log that changed the record, when the targets say so too: each started and succeeded. */
export async function eventsThatCounted(databaseUrl: string): Promise<number> {
  const [counts] = await rowsOf<{ events: number; targets: number }>(
    databaseUrl,
    `select (select count(*)::integer from events where type = 'targets.changed' and not superseded) as events,
            (select count(*)::integer from targets where outcome = 'succeeded' and attempt = 1) as targets`,
  );
  return Math.min(counts!.events, 2 * counts!.targets);
}
