import { type LeaseReleased, type StreamReport, type TargetsChanged } from '#contracts';
import type { LoggedEvent } from '../src/record/changes.js';
import { applyChange } from '../src/record/executions/targets-changed.js';
import type { Chunk, Target } from '../src/record/executions/chunk.js';
import type { Execution } from '../src/record/executions/execution.js';
import { clearStarted } from '../src/record/leases/vacate-lease.js';
import { applyReport } from '../src/record/streams/stream-reported.js';
import { NOTHING_COUNTED, type Stream } from '../src/record/streams/stream.js';
import { WorkingSet } from '../src/record/working-set.js';

/** What the event log does not say: what was asked, and what status decided about leases. */
export interface Decided {
  readonly executions: readonly Execution[];
  readonly leases: readonly (Chunk | Stream)[];
  readonly targets: readonly Target[];
}

/**
 * The record as it follows from the event log, through the same code that wrote it: every target; how many of a chunk are open and were
 * attempted; the counts of executions; how far streams are. The order of the log says nothing, nor how often an event stands there.
 */
export function replay(log: readonly LoggedEvent[], decided: Decided): WorkingSet {
  const set = new WorkingSet();
  for (const execution of decided.executions) set.executions.set(execution.id, unended(execution));
  for (const lease of decided.leases) set.addLease(unsaid(lease));
  for (const target of decided.targets) set.addTarget(untouched(target));
  for (const event of inOrder(log)) say(set, event);
  for (const lease of decided.leases) if (lease.kind === 'chunk') endRest(set, lease);
  return set;
}

function inOrder(log: readonly LoggedEvent[]): LoggedEvent[] {
  const counted = log.filter(({ superseded }) => !superseded);
  return counted.toSorted((a, b) => a.epoch - b.epoch || a.seq - b.seq);
}

function say(set: WorkingSet, { aggregate, type, body }: LoggedEvent): void {
  const stream = set.stream(aggregate);
  if (stream) return void applyReport(stream, body as StreamReport);
  const chunk = set.chunk(aggregate);
  const execution = chunk && set.executions.get(chunk.executionId);
  if (!execution) return;
  if (type === 'lease.released') {
    return clearStarted(set, chunk, (body as LeaseReleased).interrupted);
  }
  const said = body as TargetsChanged;
  for (const change of said.changes) applyChange(set, execution, chunk, change, said);
}

/** What had no outcome when status ended its chunk. */
function endRest(set: WorkingSet, { key, ending, closed }: Chunk): void {
  const chunk = set.chunk(key);
  const execution = chunk && set.executions.get(chunk.executionId);
  if (!execution || !closed || ending === null) return;
  const lost = ending.finishRunning ? chunk.attempted : 0;
  execution.counts.lost += lost;
  execution.counts[ending.outcome] += chunk.open - lost;
  chunk.open = 0;
  chunk.attempted = 0;
}

function unended(execution: Execution): Execution {
  const counts = { succeeded: 0, failed: 0, 'timed-out': 0, cancelled: 0, lost: 0, skipped: 0 };
  const { restMark, total, begunTargets } = execution;
  if (restMark !== null) counts[restMark.outcome] = total - begunTargets;
  return { ...execution, counts };
}

function unsaid(lease: Chunk | Stream): Chunk | Stream {
  if (lease.kind === 'chunk') return { ...lease, open: lease.size, attempted: 0, closed: false };
  const nothing = { position: null, counters: NOTHING_COUNTED, countersBefore: NOTHING_COUNTED };
  return { ...lease, ...nothing, eventEpoch: 0, eventSeq: 0 };
}

function untouched(target: Target): Target {
  const nothing = { attempt: 0, started: null, outcome: null, epoch: 0, seq: 0, change: null };
  return { ...target, ...nothing };
}
