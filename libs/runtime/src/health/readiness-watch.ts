import type { Clock, Timer } from '#supervisor';
import type { Logger } from '../logging/logger.js';
import type { HealthRegistry } from './health-registry.js';

/** How often the checks are asked. */
const INTERVAL_MS = 1_000;

/** Writes one line whenever a check changes its answer: a reason appears, becomes another, or goes away. */
export class ReadinessWatch {
  #known: ReadonlyMap<string, string> = new Map();
  #timer: Timer | undefined;

  constructor(
    private readonly health: HealthRegistry,
    private readonly log: Logger,
    private readonly clock: Clock,
  ) {}

  /** Looks now, and then every second until `stop()`. */
  start(): void {
    this.look();
    this.#timer = this.clock.setTimer(INTERVAL_MS, () => this.start());
  }

  /** Ends the watch. Safe to call twice, or before `start()`. */
  stop(): void {
    this.#timer?.cancel();
  }

  private look(): void {
    const troubles = this.health.troubles();
    for (const [check, reason] of troubles) {
      if (this.#known.get(check) !== reason) this.log.warn({ check, reason }, 'not ready');
    }
    for (const check of this.#known.keys()) {
      if (!troubles.has(check)) this.log.info({ check }, 'check passes again');
    }
    this.#known = troubles;
  }
}
