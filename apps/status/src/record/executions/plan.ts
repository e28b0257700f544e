import { MAX_CHUNK_TARGETS, countOf, type Share } from '#contracts';
import type { Execution } from './execution.js';

/** Where a chunk lies among the targets of its execution. */
export interface Cut {
  /** From 1. */
  readonly n: number;
  /** From 1. */
  readonly batch: number;
  /** The ordinal of its first target, from 1. */
  readonly first: number;
  readonly size: number;
}

/**
 * The chunk that begins next: at most 500 neighbouring targets of one batch. Where chunks lie follows from the command and
 * from how much has begun, so nothing is stored about what has not. `undefined` when everything has begun.
 */
export function nextChunk(
  execution: Pick<Execution, 'total' | 'policy' | 'begunTargets' | 'begunChunks'>,
): Cut | undefined {
  const { total, policy, begunTargets, begunChunks } = execution;
  if (begunTargets >= total) return undefined;
  const { batch, end } = batchOf(begunTargets, total, policy.batches?.sizes ?? [total]);
  const size = Math.min(MAX_CHUNK_TARGETS, end - begunTargets);
  return { n: begunChunks + 1, batch, first: begunTargets + 1, size };
}

/** The batch that holds the target after the first `before`, and how many targets there are up to its end. */
function batchOf(
  before: number,
  total: number,
  sizes: readonly Share[],
): { readonly batch: number; readonly end: number } {
  let end = 0;
  let size = total;
  for (const [at, share] of sizes.entries()) {
    size = Math.max(1, countOf(share, total));
    end += size;
    if (before < end) return { batch: at + 1, end: Math.min(end, total) };
  }
  const repeats = Math.floor((before - end) / size) + 1;
  return { batch: sizes.length + repeats, end: Math.min(end + repeats * size, total) };
}
