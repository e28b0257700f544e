import { advance, endChunk } from '../executions/advance.js';
import type { Chunk } from '../executions/chunk.js';
import { closeStream } from '../streams/close-stream.js';
import type { Stream } from '../streams/stream.js';
import type { WorkingSet } from '../working-set.js';
import type { Ending } from './mark.js';

/** Closes work that nobody runs (any more), and tells watchers what its owner cannot: how what was left of it ended. */
export function endUnowned(
  set: WorkingSet,
  lease: Chunk | Stream,
  ending: Ending,
  nowMs: number,
): void {
  if (lease.kind === 'stream') return closeStream(set, lease, ending, nowMs);
  const execution = set.executions.get(lease.executionId);
  if (!execution) throw new Error(`the record has ${lease.key} without its execution`);
  endChunk(set, execution, lease, ending, nowMs);
  advance(set, execution, nowMs);
}
