/** How long after a delivery a status still counts as the one that reads `status.record`: three ticks. */
const ACTIVE_MS = 3_000;

/**
 * Whether this process is the active reader of `status.record`. AMQP does not tell; but a tick comes every second, so whoever received
 * anything in the last three seconds is.
 */
export class Activity {
  private lastMs = -Infinity;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Something was delivered. */
  received(): void {
    this.lastMs = this.now();
  }

  get isActive(): boolean {
    return this.now() - this.lastMs < ACTIVE_MS;
  }
}
