import type { Clock, Timer } from './clock.js';

/**
 * The time limits of one task: that of its present phase, and the silence allowed between
 * heartbeats.
 */
export class Deadlines {
  /** When the present phase ends; `Infinity` when it may last. */
  endsAtMs = Infinity;
  readonly #clock: Clock;
  #phaseTimer: Timer | undefined;
  #idleTimer: Timer | undefined;
  #lastBeatMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new phase begins. Its limit replaces that of the one before. */
  enterPhase(limitMs: number, over: () => void): void {
    this.clear();
    this.endsAtMs = this.#clock.now() + limitMs;
    this.#phaseTimer = this.#clock.setTimer(limitMs, over);
  }

  /** From now on, `over` is called after `limitMs` without a heartbeat. */
  watchIdle(limitMs: number, over: () => void): void {
    this.#lastBeatMs = this.#clock.now();
    this.#armIdle(limitMs, limitMs, over);
  }

  /** Only notes the time: the timer looks at it when it fires, and goes on waiting. */
  heartbeat(): void {
    this.#lastBeatMs = this.#clock.now();
  }

  /** Silence is no longer a fault: the one who gave the heartbeats has ended. */
  endIdle(): void {
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
  }

  clear(): void {
    this.endIdle();
    this.#phaseTimer?.cancel();
    this.#phaseTimer = undefined;
    this.endsAtMs = Infinity;
  }

  #armIdle(waitMs: number, limitMs: number, over: () => void): void {
    this.#idleTimer = this.#clock.setTimer(waitMs, () => {
      const leftMs = this.#lastBeatMs + limitMs - this.#clock.now();
      if (leftMs > 0) this.#armIdle(leftMs, limitMs, over);
      else over();
    });
  }
}
