import type { Mutant } from '../../../tools/mutants/mutant.ts';

/** Who runs, who waits, and in which order. */
export const admission: readonly Mutant[] = [
  {
    name: 'slot-freed-before-settlement',
    story:
      'A body that does not stop gives its slot back when its time is up: more run than the limit allows.',
    file: 'src/admission.ts',
    find: `    if (task.state !== 'stuck') this.#vacate(task, 'none');
    else if`,
    replace: `    this.#vacate(task, 'none');
    if (task.state !== 'stuck') return;
    if`,
  },
  {
    name: 'count-from-collection-sizes',
    story:
      'The tasks that run are counted as all without those that wait, so each that waits makes room for one more.',
    file: 'src/admission.ts',
    find: `    if (this.#line.size === 0 || this.#occupied >= this.limits.limit) return false;
    const task = this.#line.shift();`,
    replace: `    if (this.#occupied - this.#line.size >= this.limits.limit) return false;
    const task = this.#line.shift();`,
  },
  {
    name: 'replaced-without-bound',
    story: 'Bodies that do not stop get a replacement however many there are.',
    file: 'src/stuck-budget.ts',
    find: `this.#replaced === this.#allowed`,
    replace: `this.#allowed === 0`,
  },
  {
    name: 'replacement-not-passed-on',
    story:
      'A stuck body that ends at last gives its replacement to nobody, though another holds its slot.',
    file: 'src/stuck-budget.ts',
    find: `      this.#holders.delete(holder);
      return holder;`,
    replace: `      break;`,
  },
  {
    name: 'one-more-pending',
    story: 'One task more than the pending limit waits.',
    file: 'src/admission.ts',
    find: `this.pending >= this.limits.pendingLimit) return 'full';`,
    replace: `this.pending > this.limits.pendingLimit) return 'full';`,
  },
  {
    name: 'cancelled-stays-in-line',
    story: 'A pending task that was cancelled keeps its place, and its turn.',
    file: 'src/admission.ts',
    find: `    this.leaveLine(task);
    if (task.state`,
    replace: `    if (task.state`,
  },
  {
    name: 'waiting-spawn-overtaken',
    story: 'A new task takes the room that others wait for.',
    file: 'src/admission.ts',
    find: `if (this.#waiting.size > 0 || this.pending`,
    replace: `if (this.pending`,
  },
  {
    name: 'start-after-close',
    story: 'A slot that is freed while the supervisor closes starts the next task.',
    file: 'src/admission.ts',
    find: `return !this.#isClosed() && (`,
    replace: `return (`,
  },
  {
    name: 'spawn-after-close',
    story: 'A closed supervisor takes work.',
    file: 'src/supervisor.ts',
    find: `    if (this.#closing !== undefined) return 'closed';`,
    replace: ``,
  },
  {
    name: 'fairness-off',
    story: 'Groups do not take turns: the first is served until nobody of it waits.',
    file: 'src/fair-line.ts',
    find: `if (this.#turns.size === 1) return;`,
    replace: `return;`,
  },
  {
    name: 'key-not-idempotent',
    story: 'Spawning a key again runs its work again.',
    file: 'src/supervisor.ts',
    find: `key === undefined ? undefined : this.#keys.find(key);`,
    replace: `undefined as SupervisedTask | undefined;`,
  },
  {
    name: 'key-forgotten-at-decision',
    story: 'A key counts only while its task lives: a message delivered twice runs twice.',
    file: 'src/keys.ts',
    find: `    this.#decided.set(key, task);`,
    replace: ``,
  },
  {
    name: 'cancel-forgotten-before-arrival',
    story: 'A cancel that overtakes its task on the way is lost.',
    file: 'src/keys.ts',
    find: `    if (this.#earlyCancels.get(key) === undefined) this.#earlyCancels.set(key, reason);`,
    replace: ``,
  },
  {
    name: 'memory-without-bound',
    story: 'Keys are remembered for ever.',
    file: 'src/bounded-map.ts',
    find: `if (this.#entries.size <= this.#limit) return;`,
    replace: `return;`,
  },
  {
    name: 'context-of-whoever-freed-the-slot',
    story: 'A task that waited logs the trace of the task before it.',
    file: 'src/task-body.ts',
    find: `    return asyncContext.runInAsyncScope(body, undefined, context);`,
    replace: `    return body(context);`,
  },
];
