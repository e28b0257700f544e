import { countOf, type ChunkGrant, type KnownTarget } from '#contracts';
import type { WorkingSet } from '../working-set.js';
import { grantedConcurrency } from './begin-chunks.js';
import type { Chunk, Target } from './chunk.js';
import { failuresOf, type Execution } from './execution.js';

/** What the owner of a chunk is told with its grant: what to run on which targets, and what is known of them. */
export function grantChunk(
  set: WorkingSet,
  chunk: Chunk,
  nowMs: number,
  time: 'first' | 'repeat',
): { readonly requestedBy: string; readonly paused: boolean; readonly chunk: ChunkGrant } {
  const execution = set.executions.get(chunk.executionId);
  const work = set.work.get(chunk.executionId);
  if (!execution || !work) throw new Error(`the record has ${chunk.key} without its execution`);
  if (time === 'first') {
    chunk.concurrency = grantedConcurrency(set, execution, chunk);
    execution.startedAtMs ??= nowMs;
    set.changes.executions.add(execution);
    set.effects.progressed.add(execution);
  }
  const { plugin, args, output } = work;
  const { timeoutMs, retries, onLost } = execution.policy;
  return {
    requestedBy: execution.requestedBy,
    paused: execution.paused,
    chunk: {
      executionId: execution.id,
      plugin,
      args,
      ...(timeoutMs !== undefined && { timeoutMs }),
      retries,
      ...(onLost !== undefined && { onLost }),
      output,
      concurrency: chunk.concurrency,
      ...remainingOf(execution, nowMs),
      ...failuresLeftOf(execution),
      known: set.targetsOf(chunk).map(known),
    },
  };
}

function known({ name, started, attempt, outcome }: Target): KnownTarget {
  return {
    target: name,
    started: started !== null,
    attempt,
    ...(outcome !== null && { outcome }),
  };
}

function remainingOf({ policy, startedAtMs }: Execution, nowMs: number): { remainingMs?: number } {
  const { executionTimeoutMs } = policy;
  if (executionTimeoutMs === undefined || startedAtMs === null) return {};
  return { remainingMs: Math.max(0, startedAtMs + executionTimeoutMs - nowMs) };
}

function failuresLeftOf(execution: Execution): { failuresLeft?: number } {
  const { maxFailures } = execution.policy;
  if (maxFailures === undefined) return {};
  return {
    failuresLeft: Math.max(0, countOf(maxFailures, execution.total) - failuresOf(execution)),
  };
}
