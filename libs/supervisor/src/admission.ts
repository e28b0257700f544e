import { FairLine } from './fair-line.js';
import { Line } from './line.js';
import type { StuckBudget } from './stuck-budget.js';
import type { SupervisedTask } from './supervised-task.js';
import type { WaitingSpawn } from './waiting-spawn.js';

/** The bounds of an admission. */
export interface AdmissionLimits {
  readonly limit: number;
  readonly pendingLimit: number;
}

/**
 * Who runs, and who waits for a slot. Pending tasks and waiting spawns stand in one line, in which
 * groups take turns; a waiting spawn becomes a pending task when there is a place for it, first
 * come, first served.
 */
export class Admission {
  readonly limits: AdmissionLimits;
  readonly #line = new FairLine<SupervisedTask>();
  readonly #waiting = new Line<WaitingSpawn>();
  readonly #budget: StuckBudget;
  readonly #isClosed: () => boolean;
  #occupied = 0;
  #heldByStuck = 0;
  #filling = false;

  /** Starts nobody any more once `isClosed` says so. */
  constructor(limits: AdmissionLimits, budget: StuckBudget, isClosed: () => boolean) {
    this.limits = limits;
    this.#budget = budget;
    this.#isClosed = isClosed;
  }

  /** Slots that are taken. Changed in `#occupy` and `#vacate`, nowhere else. */
  get occupied(): number {
    return this.#occupied;
  }

  /** Tasks that wait for a slot. */
  get pending(): number {
    return this.#line.size - this.#waiting.size;
  }

  /** Spawns that wait for room. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Why work does not go on as it should because of tasks that do not stop; nothing when it does.
   */
  get trouble(): string | undefined {
    const { limit } = this.limits;
    if (this.#heldByStuck >= limit) return `all ${limit} slots are held by tasks that do not stop`;
    return this.#budget.trouble;
  }

  /**
   * Takes a task in if there is room: it gets a slot when nobody is before it, else a place in the
   * line.
   */
  admit(task: SupervisedTask): 'start' | 'pending' | 'full' {
    if (this.#line.size === 0 && this.#occupy(task)) return 'start';
    if (this.#waiting.size > 0 || this.pending >= this.limits.pendingLimit) return 'full';
    task.place = this.#line.push(task);
    return 'pending';
  }

  /** There was no room: the spawn waits for it. */
  wait(spawn: WaitingSpawn): void {
    spawn.task.place = this.#line.push(spawn.task);
    spawn.task.waitingSpawn = spawn;
    spawn.place = this.#waiting.push(spawn);
  }

  /** A spawn waits no longer. Its task keeps its place in the line. */
  waitEnded(spawn: WaitingSpawn): void {
    if (spawn.place !== undefined) this.#waiting.remove(spawn.place);
    spawn.task.waitingSpawn = undefined;
  }

  /** Does nothing for a task that is not in it. */
  leaveLine(task: SupervisedTask): void {
    if (task.place !== undefined) this.#line.remove(task.place);
  }

  /**
   * A task was decided: it leaves the line, or its slot if it settled or the policy replaces it.
   */
  decided(task: SupervisedTask): void {
    this.leaveLine(task);
    if (task.state !== 'stuck') this.#vacate(task, 'none');
    else if (this.#budget.replaces(task)) this.#vacate(task, 'replaced');
    else this.#heldByStuck += 1;
  }

  /** A stuck task settled after all. */
  settledLate(task: SupervisedTask): void {
    if (task.slot === 'replaced') {
      task.slot = 'none';
      const holder = this.#budget.replacedSettled();
      holder?.home.admission?.replaceHolder(holder);
    } else {
      this.#budget.holderSettled(task);
      this.#heldByStuck -= 1;
      this.#vacate(task, 'none');
    }
  }

  /** A stuck task that held its slot is replaced after all. */
  replaceHolder(task: SupervisedTask): void {
    this.#heldByStuck -= 1;
    this.#vacate(task, 'replaced');
    this.fill();
  }

  /**
   * Gives free slots to those in line, and free places for pending tasks to waiting spawns. `nowMs`
   * is the time on the clock, if that was looked at a moment ago: looking costs more than all of
   * this.
   */
  fill(nowMs?: number): void {
    // A body or hook that runs in here may free a slot again: the loop that is running sees it.
    if (this.#filling) return;
    this.#filling = true;
    try {
      let goesOn = this.#fillOne(nowMs);
      while (goesOn) goesOn = this.#fillOne();
    } finally {
      this.#filling = false;
    }
  }

  #fillOne(nowMs?: number): boolean {
    return !this.#isClosed() && (this.#startNext(nowMs) || this.#promoteNext());
  }

  #startNext(nowMs?: number): boolean {
    if (this.#line.size === 0 || this.#occupied >= this.limits.limit) return false;
    const task = this.#line.shift();
    if (task === undefined) return false;
    if (task.waitingSpawn?.enter() ?? true) {
      this.#occupy(task);
      task.start(nowMs ?? task.clock.now());
    }
    return true;
  }

  #promoteNext(): boolean {
    const spawn = this.pending < this.limits.pendingLimit ? this.#waiting.first : undefined;
    if (spawn === undefined) return false;
    if (spawn.enter()) spawn.task.queue();
    else this.leaveLine(spawn.task);
    return true;
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
