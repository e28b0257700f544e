import type { Inspection, TaskInfo } from '#supervisor';

/**
 * The same inspections, with what needs a look first: supervisors with stuck tasks, then those with overdue ones, then
 * the rest as they were added; and so the tasks of each: stuck, overdue, closing, running, pending, the oldest first.
 */
export function mostUrgentFirst(inspections: readonly Inspection[]): readonly Inspection[] {
  return inspections
    .map((inspection) => ({
      ...inspection,
      tasks: inspection.tasks.toSorted((a, b) => rank(a) - rank(b)),
    }))
    .toSorted((a, b) => b.stuck - a.stuck || b.overdue - a.overdue);
}

const RANKS = { stuck: 0, closing: 2, running: 3, pending: 4, settled: 5 } as const;

function rank({ state, overdue }: TaskInfo): number {
  return state === 'stuck' || overdue === undefined ? RANKS[state] : 1;
}
