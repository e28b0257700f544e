/**
 * The record: events of task-runners through `status.record` into PostgreSQL by the status service, beside the same SQL in a bare loop.
 * The figures say how long a lease takes to be granted meanwhile, and how long a page of executions does when the record is large.
 */
import { loadavg } from 'node:os';
import type { BenchRun, Measurement, Ratio, Subject } from '../tools/bench/definition.ts';
import { spread } from '../tools/bench/summary.ts';
import { conditionsOf } from './clients/queue.ts';
import { bareLoop } from './record/bare-loop.ts';
import { leaseWait } from './record/lease-wait.ts';
import { pageTimes } from './record/page-times.ts';
import { statementsOf, type Statements } from './record/statements.ts';
import { rowsOf } from './record/rows.ts';
import { throughTheQueue, type Timing } from './record/through-the-queue.ts';
import { workloadOf, type Workload } from './record/workload.ts';

/** A run of the service shows which batches it forms, and counts for nothing else; the bare loop has the same. */
interface Prepared {
  readonly workload: Workload;
  readonly statements: Statements;
}

let prepared: Promise<Prepared> | undefined;

/** Events a second, in every round. */
const rates: Record<Timing, number[]> = { before: [], meanwhile: [] };

export const subjects: Readonly<Record<string, Subject>> = {
  signalbox: (run) => service('before', run),
  'signalbox, owners at work': (run) => service('meanwhile', run),
  'bare loop': async (run) => {
    const { workload, statements } = await (prepared ??= prepare(run));
    return bareLoop(statements, workload, run);
  },
};

/** Judged by how fast the service empties its queue: with owners at work, a machine of few processors judges broker and publishers too. */
export const ratios: Readonly<Record<string, Ratio>> = {
  eventsVsBareLoop: { of: 'signalbox', to: 'bare loop', goal: { atLeast: 0.5 } },
};

export async function conditions() {
  const { broker, queueType } = await conditionsOf({ queue: 'status.record', prefetch: 0 });
  const [{ server_version: postgres } = { server_version: 'unknown' }] = await rowsOf<{
    server_version: string;
  }>(process.env.DATABASE_URL!, 'show server_version');
  const [started, ended] = workloadOf(1, 1).events.map((event) => JSON.stringify(event).length);
  const load = loadavg()[0]!.toFixed(2);
  return { broker, queueType, postgres, eventBytes: `${started} and ${ended}`, load };
}

export async function figures(run: BenchRun): Promise<Record<string, number>> {
  return {
    eventsPerSecond: spread(rates.before).median,
    'eventsPerSecond, owners at work': spread(rates.meanwhile).median,
    ...(await leaseWait(run)),
    ...(await pageTimes(run)),
  };
}

async function prepare(run: BenchRun): Promise<Prepared> {
  const [pieces, size] = run.brief ? [2, 100] : [20, 500];
  const workload = { warmUp: workloadOf(pieces, size), measured: workloadOf(pieces, size) };
  const { batches } = await throughTheQueue(workload, 'before', run);
  return { workload, statements: await statementsOf(workload, batches) };
}

async function service(timing: Timing, run: BenchRun): Promise<Measurement> {
  const { workload } = await (prepared ??= prepare(run));
  const measurement = await throughTheQueue(workload, timing, run);
  rates[timing].push(measurement.value);
  return measurement;
}
