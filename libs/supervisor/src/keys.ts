import { BoundedMap } from './bounded-map.js';
import type { CancelResult, Task } from './task.js';

/**
 * What cancelling by key did; `remembered`: no task of this key is known yet, the next one will not
 * start.
 */
export type KeyCancelResult = CancelResult | 'remembered';

/**
 * What a supervisor knows by key: live tasks, tasks decided lately, and cancels that came before
 * their task.
 */
export class Keys<T extends Task> {
  readonly #live = new Map<string, T>();
  readonly #decided: BoundedMap<string, T>;
  readonly #earlyCancels: BoundedMap<string, string | Error>;

  /** `memory` bounds the decided tasks and the early cancels: that many of each. */
  constructor(memory: number) {
    this.#decided = new BoundedMap(memory);
    this.#earlyCancels = new BoundedMap(memory);
  }

  find(key: string): T | undefined {
    return this.#live.get(key) ?? this.#decided.get(key);
  }

  /** The reason of a cancel that came before its task; it is used up by this. */
  takeEarlyCancel(key: string): string | Error | undefined {
    return this.#earlyCancels.take(key);
  }

  add(key: string, task: T): void {
    this.#live.set(key, task);
  }

  /** Does nothing for a task that was never added: its key may stand for another. */
  decided(key: string, task: T): void {
    if (this.#live.get(key) !== task) return;
    this.#live.delete(key);
    this.#decided.set(key, task);
  }

  cancel(key: string, reason: string | Error): KeyCancelResult {
    const task = this.find(key);
    if (task !== undefined) return task.cancel(reason);
    if (this.#earlyCancels.get(key) === undefined) this.#earlyCancels.set(key, reason);
    return 'remembered';
  }
}
