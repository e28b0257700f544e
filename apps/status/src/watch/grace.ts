/** How long after a disturbance nobody is declared gone: the others are connecting again, too. */
export const GRACE_MS = 10_000;

/** Two that vanish within this time look like a disturbance, not like two ends. */
const TOGETHER_MS = 2_000;

/**
 * Whether it is a time to declare instances gone (S9): not for ten seconds after this watcher connected or took over, and not for ten
 * seconds after two or more instances vanished within two.
 */
export class Grace {
  private untilMs = -Infinity;
  private lastVanishedMs = -Infinity;

  /** This watcher has just connected, or taken over. */
  begin(nowMs: number): void {
    this.untilMs = nowMs + GRACE_MS;
  }

  /** The control queue of an instance was found missing for the first time. */
  vanished(nowMs: number): void {
    if (nowMs - this.lastVanishedMs <= TOGETHER_MS) this.untilMs = nowMs + GRACE_MS;
    this.lastVanishedMs = nowMs;
  }

  isOver(nowMs: number): boolean {
    return nowMs >= this.untilMs;
  }
}
