import { Deferred } from './deferred.js';
import type { Place } from './line.js';
import { rejectIn } from './refusal.js';
import type { SupervisedTask } from './supervised-task.js';
import type { Task } from './task.js';

/** What a waiting spawn needs from the supervisor. */
export interface WaitingSpawnOwner {
  /**
   * Takes in a task that waited: the same task, perhaps decided at once, or the one that its key
   * found.
   */
  enter(task: SupervisedTask): SupervisedTask;
  /** The spawn waits no longer. */
  waitEnded(spawn: WaitingSpawn): void;
}

/**
 * A `spawn` that waits for room. Its task has its turn in the line, but has not entered: it is no
 * live task, and may still be refused.
 */
export class WaitingSpawn {
  readonly task: SupervisedTask;
  /** Settles what `spawn` promised. */
  readonly result = new Deferred<Task>();
  /** Its place among the waiting spawns. Kept by the admission. */
  place: Place<WaitingSpawn> | undefined;
  readonly #owner: WaitingSpawnOwner;

  constructor(task: SupervisedTask, owner: WaitingSpawnOwner) {
    this.task = task;
    this.#owner = owner;
  }

  /** There is room. Says whether the task is live now, and still wants it. */
  enter(): boolean {
    const { task } = this;
    this.#owner.waitEnded(this);
    const entered = this.#owner.enter(task);
    this.result.resolve(entered);
    if (entered !== task) task.home.parent?.children.remove(task);
    return entered === task && task.state === 'pending';
  }

  /** Its task was decided while it waited: by its signal, or its queue deadline. */
  decided(): void {
    this.#owner.waitEnded(this);
    this.result.resolve(this.task);
  }

  /** No task comes to be: the supervisor closes, or its parent was aborted. */
  refuse(error: unknown): void {
    const { task } = this;
    const { admission, parent } = task.home;
    this.#owner.waitEnded(this);
    admission?.leaveLine(task);
    rejectIn(parent, this.result, error);
    parent?.children.remove(task);
  }
}
