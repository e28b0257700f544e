/**
 * What a supervisor costs: async functions that do nothing, through it, through p-queue, through a semaphore of Effect, and through nothing.
 * *serial* is one at a time, *wide* 100 at a time. A thousand are added at once and the end of each is awaited, again and again: with more
 * that wait, Effect's semaphore would set the length of the bench, for its cost a task grows with them.
 */
import PQueue from 'p-queue';
import { Supervisor } from '#supervisor';
import type { BenchRun, Ratio, Subject } from '../tools/bench/definition.ts';
import { collectGarbage, heapPerTask } from './supervisor/heap.ts';
import { bare, fibers, outcome, queued, type Rival, supervised } from './supervisor/rivals.ts';

const SERIAL = 1;
const WIDE = 100;
const BATCH = 1_000;
/** Longer than any run: what is measured is keeping it. */
const DEADLINE_MS = 60_000;

export const subjects: Readonly<Record<string, Subject>> = {
  'serial supervisor': throughput(supervised(), SERIAL),
  'serial p-queue': throughput(queued(), SERIAL),
  'serial effect': throughput(fibers, SERIAL),
  'wide supervisor': throughput(supervised(), WIDE),
  'wide p-queue': throughput(queued(), WIDE),
  'wide effect': throughput(fibers, WIDE),
  'wide supervisor, deadline': throughput(supervised({ runDeadlineMs: DEADLINE_MS }), WIDE),
  'wide p-queue, timeout': throughput(queued(DEADLINE_MS), WIDE),
  'bare call': throughput(bare, Infinity),
};

export const ratios: Readonly<Record<string, Ratio>> = {
  serialVsPQueue: { of: 'serial supervisor', to: 'serial p-queue', goal: { atLeast: 1 } },
  wideVsPQueue: { of: 'wide supervisor', to: 'wide p-queue', goal: { atLeast: 1 } },
  wideWithDeadlineVsPQueue: {
    of: 'wide supervisor, deadline',
    to: 'wide p-queue',
    goal: { atLeast: 0.5 },
  },
};

/** No server. */
export const needs = [];

/** What one task costs: microseconds, and bytes of heap while it runs. */
export async function figures(run: BenchRun): Promise<Record<string, number>> {
  const micros = async (subject: string): Promise<number> =>
    Number((1e6 / (await subjects[subject]!(run)).value).toPrecision(3));
  const running = run.brief ? 1_000 : 50_000;
  await using supervisor = new Supervisor({ name: 'bench', limit: running });
  const queue = new PQueue({ concurrency: running });
  const deadline = { runDeadlineMs: DEADLINE_MS };
  return {
    serialMicros: await micros('serial supervisor'),
    wideMicros: await micros('wide supervisor'),
    wideWithDeadlineMicros: await micros('wide supervisor, deadline'),
    bareCallMicros: await micros('bare call'),
    heapBytes: await heapPerTask(running, (body) => outcome(supervisor, body, {})),
    heapBytesWithDeadline: await heapPerTask(running, (body) =>
      outcome(supervisor, body, deadline),
    ),
    heapBytesPQueue: await heapPerTask(running, (body) => queue.add(body)),
    heapBytesBareCall: await heapPerTask(running, (body) => body()),
  };
}

/** Per second of processor time, the garbage collector's included: what else runs on the machine hardly counts. */
function throughput(rival: Rival, concurrency: number): Subject {
  return async ({ brief }) => {
    await spend(brief ? 0 : 0.2, rival, concurrency); // Compiles it.
    collectGarbage();
    const { seconds, batches, received } = await spend(brief ? 0 : 1, rival, concurrency);
    const sent = batches * BATCH;
    return { value: sent / seconds, unit: 'tasks/s', sent, received };
  };
}

/** Runs batches, one at least, until they have taken `wanted` seconds. */
async function spend(wanted: number, rival: Rival, concurrency: number) {
  const before = process.cpuUsage();
  let [seconds, batches, received] = [0, 0, 0];
  do {
    received += await rival(BATCH, concurrency);
    batches += 1;
    const { user, system } = process.cpuUsage(before);
    seconds = (user + system) / 1e6;
  } while (seconds < wanted);
  return { seconds, batches, received };
}
