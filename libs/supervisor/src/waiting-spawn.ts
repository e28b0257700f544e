import { Deferred } from './deferred.js';
import type { Timer } from './clock.js';
import type { Place } from './line.js';
import type { SignalFollower } from './signal-links.js';
import type { SupervisedTask } from './supervised-task.js';
import type { Task } from './task.js';

/** A `spawn` that waits for room. Its task has not entered yet. */
export class WaitingSpawn implements SignalFollower {
  readonly task: SupervisedTask;
  readonly result = new Deferred<Task>();
  /** Its place in the line of waiting spawns. */
  place: Place<WaitingSpawn> | undefined;
  /** Set when its task has a queue deadline. */
  timer: Timer | undefined;
  readonly #endWait: (spawn: WaitingSpawn) => void;

  /** `endWait` makes the spawn leave the line. */
  constructor(task: SupervisedTask, endWait: (spawn: WaitingSpawn) => void) {
    this.task = task;
    this.#endWait = endWait;
  }

  signalAborted(reason: unknown): void {
    this.#endWait(this);
    this.task.signalAborted(reason);
    this.result.resolve(this.task);
  }

  queueDeadlinePassed(limitMs: number): void {
    this.#endWait(this);
    this.task.expire('queue', limitMs);
    this.result.resolve(this.task);
  }
}
