import type { Batches } from './batches.js';
import { deleteExecutions } from './executions.js';
import { OLD_CANCELS, OLD_COMMANDS, OLD_EVENTS, deleteOlder } from './single-rows.js';
import type { Tally } from './tally.js';
import { CLOSED_STREAMS, GONE_PROCESSES, LEFT_PAGES, deleteThings } from './whole-things.js';

/** How long what is over is kept, in milliseconds; never less than a day. */
export interface Ages {
  /** Executions and streams with all that is theirs, and processes. */
  readonly recordMs: number;
  /** What streams and indexers report once a second. */
  readonly eventsMs: number;
  /** Who asked for what. */
  readonly auditMs: number;
}

/** Message ids, cancels and pages without a command count for a day (status.md); so nothing younger goes. */
export const DAY_MS = 86_400_000;

/** Deletes what is older. What is open stays, however old it is. Throws what `Batches.delete` throws; what went before is gone. */
export async function sweep(
  batches: Batches,
  ages: Ages,
  nowMs: number,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  await deleteOlder(batches, OLD_CANCELS, before(nowMs, DAY_MS), tally, signal);
  await deleteThings(batches, LEFT_PAGES, before(nowMs, DAY_MS), tally, signal);
  await deleteOlder(batches, OLD_COMMANDS, before(nowMs, ages.auditMs), tally, signal);
  await sweepRecord(batches, ages, nowMs, tally, signal);
}

/** The same for all that may go sooner where the record is too large. */
export async function sweepRecord(
  batches: Batches,
  { recordMs, eventsMs }: Pick<Ages, 'recordMs' | 'eventsMs'>,
  nowMs: number,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const over = before(nowMs, recordMs);
  await deleteOlder(batches, OLD_EVENTS, before(nowMs, eventsMs), tally, signal);
  await deleteExecutions(batches, over, tally, signal);
  await deleteThings(batches, CLOSED_STREAMS, over, tally, signal);
  await deleteThings(batches, GONE_PROCESSES, over, tally, signal);
}

function before(nowMs: number, ageMs: number): Date {
  return new Date(nowMs - Math.max(ageMs, DAY_MS));
}
