/** What owners say of targets: as task-runners do, one change each, many chunks at once. The same in every run. */
import { randomUUID } from 'node:crypto';
import { TargetsChanged, chunkKey, checkMessage, type TargetChange } from '#contracts';

/** An execution of one chunk. */
export interface Piece {
  readonly executionId: string;
  readonly key: string;
  readonly targets: readonly string[];
}

export interface WorkloadPart {
  readonly pieces: readonly Piece[];
  /** In the order in which they are published: each target is started and then succeeds. */
  readonly events: readonly TargetsChanged[];
}

/** One part to compile the code and plan the statements by, one to measure. */
export interface Workload {
  readonly warmUp: WorkloadPart;
  readonly measured: WorkloadPart;
}

/** How many targets of a chunk run at once. */
const CONCURRENCY = 20;
const STARTED_AT = 1_764_000_000_120;

/** `pieces` executions of `size` targets (500 are one chunk), and what their owners say until all have succeeded. */
export function workloadOf(pieces: number, size: number): WorkloadPart {
  const all = Array.from({ length: pieces }, (_, at) => pieceOf(at, size));
  const said = all.map(eventsOf);
  // The owners speak in turn.
  const events = Array.from({ length: 2 * size }, (_, at) => said.map((own) => own[at]!)).flat();
  checkMessage(TargetsChanged, events[0]!);
  checkMessage(TargetsChanged, events.at(-1)!);
  return { pieces: all, events };
}

/** Of one target: what waits to be owned. */
export function singlePieces(count: number): Piece[] {
  return Array.from({ length: count }, (_, at) => pieceOf(at, 1));
}

function pieceOf(at: number, size: number): Piece {
  const executionId = randomUUID();
  const targets = Array.from(
    { length: size },
    (_, host) => `deploy@edge-${at}-${host}.example.net`,
  );
  return { executionId, key: chunkKey(executionId, 1), targets };
}

function eventsOf({ key, targets }: Piece): TargetsChanged[] {
  const changes: TargetChange[] = targets.slice(0, CONCURRENCY).map(started);
  for (const [at, target] of targets.entries()) {
    changes.push(succeeded(target, at));
    const next = targets[at + CONCURRENCY];
    if (next !== undefined) changes.push(started(next, at + CONCURRENCY));
  }
  return changes.map((change, at) => ({ key, epoch: 1, seq: at + 1, changes: [change] }));
}

function started(target: string, at: number): TargetChange {
  return { target, state: 'started', attempt: 1, startedAt: STARTED_AT + at };
}

function succeeded(target: string, at: number): TargetChange {
  return {
    target,
    state: 'succeeded',
    attempt: 1,
    startedAt: STARTED_AT + at,
    endedAt: STARTED_AT + at + 1_814,
    exitCode: 0,
    termination: 'proven',
    output: { tail: 'edge-proxy restarted\n', bytes: 21, truncated: false },
  };
}
