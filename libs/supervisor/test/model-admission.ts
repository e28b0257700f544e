import type { ModelTask } from './model-task.js';

/** Slots and a line, in the simplest form: arrays, searched from the start. */
export class ModelAdmission {
  occupied = 0;
  filling = false;
  /** Pending and waiting tasks, in the order in which they came. */
  line: ModelTask[] = [];
  /** The groups of those, in the order of their turns. */
  turns: (string | undefined)[] = [];

  constructor(
    readonly limit: number,
    readonly pendingLimit: number,
  ) {}

  get pending(): ModelTask[] {
    return this.line.filter(({ state }) => state === 'pending');
  }

  get waiting(): ModelTask[] {
    return this.line.filter(({ state }) => state === 'waiting');
  }

  push(task: ModelTask): void {
    const { group } = task.plan;
    this.line.push(task);
    if (!this.turns.includes(group)) this.turns.push(group);
  }

  next(): ModelTask | undefined {
    const [group] = this.turns;
    const task = this.line.find(({ plan }) => plan.group === group);
    if (task === undefined) return undefined;
    this.turns.shift();
    this.turns.push(group);
    this.leave(task);
    return task;
  }

  leave(task: ModelTask): void {
    this.line = this.line.filter((other) => other !== task);
    this.turns = this.turns.filter((group) => this.line.some(({ plan }) => plan.group === group));
  }
}
