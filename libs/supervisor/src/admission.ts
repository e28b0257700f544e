import { Line } from './line.js';
import type { SupervisedTask } from './supervised-task.js';

/** What happens to the slot of a task that was decided and does not finish. */
export type StuckPolicy = 'hold' | 'replace';

/** The bounds of an admission. */
export interface AdmissionLimits {
  readonly limit: number;
  readonly pendingLimit: number;
  readonly onStuck: StuckPolicy;
  readonly maxStuck: number;
}

/** Who runs, and who waits for a slot: first come, first served. */
export class Admission {
  readonly limits: AdmissionLimits;
  readonly #pending = new Line<SupervisedTask>();
  #occupied = 0;
  #replaced = 0;
  #heldByStuck = 0;

  constructor(limits: AdmissionLimits) {
    this.limits = limits;
  }

  /** Slots that are taken. Changed in `#occupy` and `#vacate`, nowhere else. */
  get occupied(): number {
    return this.#occupied;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Whether `admit` would take a task in. */
  get hasRoom(): boolean {
    return this.#occupied < this.limits.limit || this.#pending.size < this.limits.pendingLimit;
  }

  /**
   * Why work does not go on as it should because of tasks that do not stop; nothing when it does.
   */
  get trouble(): string | undefined {
    const { limit, maxStuck } = this.limits;
    if (this.#heldByStuck >= limit) return `all ${limit} slots are held by tasks that do not stop`;
    if (this.#replaced >= maxStuck) return `${maxStuck} slots are lost to tasks that do not stop`;
    return undefined;
  }

  /**
   * Takes a task in if there is room: it gets a slot when nobody is before it, else a place in the
   * line.
   */
  admit(task: SupervisedTask): 'start' | 'pending' | 'full' {
    if (this.#pending.size === 0 && this.#occupy(task)) return 'start';
    if (this.#pending.size >= this.limits.pendingLimit) return 'full';
    task.place = this.#pending.push(task);
    return 'pending';
  }

  /** The next pending task, with its slot; nothing when no slot is free or nobody waits. */
  takeNext(): SupervisedTask | undefined {
    if (this.#pending.size === 0 || this.#occupied >= this.limits.limit) return undefined;
    const task = this.#pending.shift();
    if (task !== undefined) this.#occupy(task);
    return task;
  }

  /**
   * A task was decided: it leaves the line, or its slot if it settled or the policy replaces it.
   */
  decided(task: SupervisedTask): void {
    if (task.place !== undefined) this.#pending.remove(task.place);
    if (task.state !== 'stuck') return this.#vacate(task, 'none');
    if (this.limits.onStuck === 'replace' && this.#replaced < this.limits.maxStuck) {
      this.#replaced += 1;
      this.#vacate(task, 'replaced');
    } else {
      this.#heldByStuck += 1;
    }
  }

  /** A stuck task settled after all. */
  settledLate(task: SupervisedTask): void {
    if (task.slot === 'replaced') {
      this.#replaced -= 1;
      task.slot = 'none';
    } else {
      this.#heldByStuck -= 1;
      this.#vacate(task, 'none');
    }
  }

  #occupy(task: SupervisedTask): boolean {
    if (this.#occupied >= this.limits.limit) return false;
    this.#occupied += 1;
    task.slot = 'held';
    return true;
  }

  #vacate(task: SupervisedTask, to: 'none' | 'replaced'): void {
    if (task.slot !== 'held') return;
    this.#occupied -= 1;
    task.slot = to;
  }
}
