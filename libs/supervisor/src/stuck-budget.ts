import type { SupervisedTask } from './supervised-task.js';

/** What happens to the slot of a task that was decided and does not finish. */
export type StuckPolicy = 'hold' | 'replace';

/**
 * How many slots of stuck tasks may be replaced at a time, in all of a supervisor's tree. A task
 * that comes too late for that holds its slot, until another that was replaced settles.
 */
export class StuckBudget {
  readonly #allowed: number;
  readonly #holders = new Set<SupervisedTask>();
  #replaced = 0;

  constructor(policy: StuckPolicy, maxStuck: number) {
    this.#allowed = policy === 'replace' ? maxStuck : 0;
  }

  get trouble(): string | undefined {
    if (this.#allowed === 0 || this.#replaced < this.#allowed) return undefined;
    return `${this.#allowed} slots are lost to tasks that do not stop`;
  }

  /** A task is stuck. Says whether its slot is replaced; if not, it holds it. */
  replaces(task: SupervisedTask): boolean {
    if (this.#replaced === this.#allowed) {
      this.#holders.add(task);
      return false;
    }
    this.#replaced += 1;
    return true;
  }

  /** A stuck task that held its slot settled. */
  holderSettled(task: SupervisedTask): void {
    this.#holders.delete(task);
  }

  /** One that was replaced settled. Returns the holder that is replaced from now on, if there is one. */
  replacedSettled(): SupervisedTask | undefined {
    for (const holder of this.#holders) {
      this.#holders.delete(holder);
      return holder;
    }
    this.#replaced -= 1;
    return undefined;
  }
}
