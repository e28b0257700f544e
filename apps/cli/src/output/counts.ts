import type { ExecutionSummary, TargetCounts } from '#contracts';
import { duration, time } from './time.js';

/** `1 target`, `2 targets`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

const ENDS = [
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['timedOut', 'timed out'],
  ['cancelled', 'cancelled'],
  ['lost', 'lost'],
  ['skipped', 'skipped'],
] as const;

/** `58 succeeded, 2 failed`: what is not zero. */
export function countsText(counts: TargetCounts): string {
  const parts = ENDS.filter(([field]) => counts[field] > 0).map(
    ([field, word]) => `${counts[field]} ${word}`,
  );
  if (counts.running > 0) parts.push(`${counts.running} running`);
  if (counts.waiting > 0) parts.push(`${counts.waiting} waiting`);
  return parts.join(', ') || 'no targets';
}

/** How many targets have their outcome. */
export function endedCount(counts: TargetCounts): number {
  return ENDS.reduce((sum, [field]) => sum + counts[field], 0);
}

/** An execution in the few lines that a person reads first. */
export function summaryLines(execution: ExecutionSummary): string[] {
  const { executionId, plugin, requestedBy, state, outcome, code, reason, counts } = execution;
  const { recordedAt, startedAt, finishedAt } = execution;
  const ended = finishedAt === undefined ? undefined : finishedAt - (startedAt ?? recordedAt);
  return [
    `execution  ${executionId}`,
    `plugin     ${plugin}, asked by ${requestedBy} at ${time(recordedAt)}`,
    `state      ${outcome ?? state}${code === undefined ? '' : ` (${code})`}${reason === undefined ? '' : `: ${reason}`}`,
    `targets    ${counts.total}: ${countsText(counts)}`,
    ...(ended === undefined ? [] : [`took       ${duration(ended)}`]),
  ];
}
