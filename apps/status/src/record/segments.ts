import { AddTargets, RunTask } from '#contracts';
import type { RecordMessage } from './message.js';

/**
 * Cuts a batch where a command needs what others of the same batch store: the pages of targets are summed up in the record, so they must
 * be in it before the `task.run` that names them. Usually the batch stays whole.
 */
export function segmentsOf(messages: readonly RecordMessage[]): RecordMessage[][] {
  const segments: RecordMessage[][] = [[]];
  let paged = new Set<string>();
  for (const message of messages) {
    const { body } = message;
    if (body instanceof RunTask && paged.has(body.executionId)) {
      segments.push([]);
      paged = new Set();
    }
    if (body instanceof AddTargets) paged.add(body.executionId);
    segments.at(-1)?.push(message);
  }
  return segments;
}
