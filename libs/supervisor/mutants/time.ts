import type { Mutant } from '../../../tools/mutants/mutant.ts';

/** Deadlines, timers, and what is watched. */
export const time: readonly Mutant[] = [
  {
    name: 'heap-order',
    story: 'What moves into a hole of the timer heap only sinks: a timer fires after a later one.',
    file: 'src/due-queue.ts',
    find: `    if (last.isBefore(due)) this.#siftUp(last, hole);
    else this.#siftDown(last, hole);`,
    replace: `    this.#siftDown(last, hole);`,
  },
  {
    name: 'same-time-in-any-order',
    story: 'Timers of the same moment fire last set first.',
    file: 'src/due-queue.ts',
    find: `this.sequence < other.sequence`,
    replace: `this.sequence > other.sequence`,
  },
  {
    name: 'timer-left-behind',
    story: 'A task that ended leaves its deadline in the heap, and keeps the process alive.',
    file: 'src/supervised-task.ts',
    find: `    this.#deadlines?.clear();
    this.#overdue?.end();`,
    replace: ``,
  },
  {
    name: 'long-timer-fires-at-once',
    story: 'A delay beyond what Node can count fires after a millisecond.',
    file: 'src/clock.ts',
    find: `Math.min(this.#restMs, MAX_TIMEOUT_MS)`,
    replace: `this.#restMs`,
  },
  {
    name: 'heartbeat-unheard',
    story: 'A body that says it is alive is aborted as idle.',
    file: 'src/deadlines.ts',
    find: `      if (leftMs > 0) this.#armIdle(leftMs, limitMs, over);
      else over();`,
    replace: `      if (leftMs >= limitMs) this.#armIdle(leftMs, limitMs, over);
      else over();`,
  },
  {
    name: 'stuck-unnoticed',
    story: 'Nobody is told of a task that was decided and goes on.',
    file: 'src/supervised-task.ts',
    find: `    if (stuck) (this.#overdue ??= new OverdueWatch(this)).found('stuck');`,
    replace: ``,
  },
  {
    name: 'recent-tasks-without-bound',
    story: 'Every task that was ever decided is listed as recent.',
    file: 'src/recent-tasks.ts',
    find: `    this.#next = (this.#next + 1) % this.#limit;`,
    replace: `    this.#next += 1;`,
  },
];
