import type { GetExecutionAnswered, TargetItem } from '#contracts';
import type { LedgerEntry } from './ledger.ts';
import type { Run, TakeoverMesh } from './takeover-mesh.ts';

const OUTCOMES = new Set(['succeeded', 'failed', 'timed-out', 'cancelled', 'lost', 'skipped']);

/** What of an execution that has ended is to be judged. */
export interface Ended {
  readonly execution: GetExecutionAnswered;
  readonly targets: readonly TargetItem[];
  readonly ledger: readonly LedgerEntry[];
  /** What its policy said. */
  readonly onLost: 'retry' | 'fail';
}

/** Waits for the end of an execution, and compares what is recorded with what ran: a sentence for every broken promise. */
export async function brokenPromises(
  mesh: TakeoverMesh,
  { executionId, ledger }: Run,
  onLost: Ended['onLost'],
  timeoutMs = 60_000,
): Promise<string[]> {
  const execution = await mesh.executions.ended(executionId, timeoutMs);
  const targets = await mesh.executions.targets(executionId);
  const ended = { execution, targets, ledger: ledger.entries(), onLost };
  return [...wrongSums(ended), ...targets.flatMap((target) => wrongRuns(target, ended))];
}

function wrongSums({ execution: { counts }, targets }: Ended): string[] {
  const { total, waiting, running, ...outcomes } = counts;
  const sum = Object.values(outcomes).reduce((all, one) => all + one, 0);
  const names = new Set(targets.map(({ target }) => target));
  return [
    ...(sum === total && waiting + running === 0
      ? []
      : [`the counts do not add up: ${JSON.stringify(counts)}`]),
    ...(names.size === total && targets.length === total
      ? []
      : [
          `${targets.length} targets are recorded, of ${names.size} names; ${total} were asked for`,
        ]),
  ];
}

function wrongRuns(recorded: TargetItem, { ledger, onLost }: Ended): string[] {
  const { target, state, attempt, endedAt } = recorded;
  const own = ledger.filter((entry) => entry.target === target);
  const starts = own.filter(({ what }) => what === 'start');
  const attempts = new Set(starts.map((entry) => entry.attempt));
  const late = starts.filter(({ at }) => endedAt !== undefined && at > endedAt);
  const last = own.some((entry) => entry.what === 'end' && entry.attempt === attempt);
  const broken = {
    [`has no outcome, but is ${state}`]: !OUTCOMES.has(state),
    'ran again after its outcome': late.length > 0,
    'had the same attempt run twice': attempts.size < starts.length,
    'had attempts of which the record does not know': starts.some(
      (entry) => entry.attempt > attempt,
    ),
    'must not run twice, and did': onLost === 'fail' && starts.length > 1,
    'is said to have succeeded, but its last run did not end': state === 'succeeded' && !last,
  };
  return Object.entries(broken)
    .filter(([, is]) => is)
    .map(([what]) => `${target} ${what}: ${JSON.stringify({ recorded, own })}`);
}
