import type { TaskContext } from '#supervisor';
import type { Logger } from '../logging/logger.js';
import type { HealthRegistry } from './health-registry.js';

/** How often the checks are asked. */
const INTERVAL_MS = 1_000;

/** Writes one line whenever a check changes its answer: a reason appears, becomes another, or goes away. */
export class ReadinessWatch {
  #known: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly health: HealthRegistry,
    private readonly log: Logger,
  ) {}

  /** Looks now, and then every second until the abort; rejects with its reason. */
  async run(context: TaskContext): Promise<never> {
    for (;;) {
      this.look();
      await context.sleep(INTERVAL_MS);
    }
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
