import type { Timer } from './clock.js';
import { Deferred } from './deferred.js';
import type { Place } from './line.js';
import type { SignalFollower } from './signal-links.js';
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
export class WaitingSpawn implements SignalFollower {
  readonly task: SupervisedTask;
  /** Settles what `spawn` promised. */
  readonly result = new Deferred<Task>();
  /** Its place among the waiting spawns. Kept by the admission. */
  place: Place<WaitingSpawn> | undefined;
  /** Set when its task has a queue deadline. */
  timer: Timer | undefined;
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
    if (entered !== task) task.home.parent?.childLeft(task);
    return entered === task && task.state === 'pending';
  }

  signalAborted(reason: unknown): void {
    this.#leave();
    this.task.signalAborted(reason);
    this.result.resolve(this.task);
  }

  queueDeadlinePassed(limitMs: number): void {
    this.#leave();
    this.task.expire('queue', limitMs);
    this.result.resolve(this.task);
  }

  /** No task comes to be: the supervisor closes, which whoever waits must know. */
  refuse(error: unknown): void {
    this.#leave();
    this.result.reject(error);
    this.task.home.parent?.childLeft(this.task);
  }

  /** No task comes to be: its parent was aborted, for a reason that is known there. */
  parentAborted(reason: unknown): void {
    this.#leave();
    this.result.rejectHandled(reason);
    this.task.home.parent?.childLeft(this.task);
  }

  #leave(): void {
    this.#owner.waitEnded(this);
    this.task.home.admission?.leaveLine(this.task);
  }
}
