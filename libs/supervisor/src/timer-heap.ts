import { checkDelay, type Clock, type Timer } from './clock.js';
import { type Due, DueQueue } from './due-queue.js';

/**
 * Any number of timers on one timer of the clock beneath. That one is set only while there is
 * something to wait for, so a supervisor at rest does not keep its process alive.
 */
export class TimerHeap implements Clock {
  readonly #clock: Clock;
  readonly #queue = new DueQueue();
  #armed: Timer | undefined;
  #armedForMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimer(ms: number, fire: () => void): Timer {
    const due = this.#queue.add(this.now() + Math.max(0, checkDelay(ms)), fire, this);
    this.#armForFirst();
    return due;
  }

  /** @internal */
  dropped(due: Due): void {
    this.#queue.remove(due);
    // A timer armed for the dropped entry may fire: it finds nothing due, and is armed again.
    if (this.#queue.size === 0) this.#disarm();
  }

  #armForFirst(): void {
    const first = this.#queue.first;
    if (first === undefined || first.atMs >= this.#armedForMs) return;
    this.#disarm();
    this.#armedForMs = first.atMs;
    // Node may fire a fraction of a millisecond early: rounding up saves a round.
    const ms = Math.ceil(first.atMs - this.now());
    this.#armed = this.#clock.setTimer(ms, () => this.#fireDue());
  }

  #disarm(): void {
    this.#armed?.cancel();
    this.#armed = undefined;
    this.#armedForMs = Infinity;
  }

  #fireDue(): void {
    this.#disarm();
    try {
      const nowMs = this.now();
      for (let due = this.#queue.takeDue(nowMs); due; due = this.#queue.takeDue(nowMs)) due.fire();
    } finally {
      this.#armForFirst();
    }
  }
}
