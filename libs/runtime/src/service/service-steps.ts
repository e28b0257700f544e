import { logTasks } from '#broker';
import { type Body, type Clock, type SpawnOptions, Supervisor } from '#supervisor';
import type { Logger } from '../logging/logger.js';

const NAME = 'start and stop';

/** Steps run one after the other; but one that does not end keeps its slot. */
const LIMIT = 100;

/** The steps of a service's start and stop as tasks, so that anybody can see what it waits for. */
export class ServiceSteps {
  readonly supervisor: Supervisor;

  constructor(log: Logger, clock: Clock) {
    this.supervisor = new Supervisor({
      name: NAME,
      limit: LIMIT,
      // A step has its own time to stop; what takes no notice is left behind at once.
      closeTimeoutMs: 0,
      clock,
      ...logTasks(log, NAME),
    });
  }

  /** Runs a step. Resolves with its value; rejects with its error, at its deadline, or at the abort of its signal. */
  async run<T>(
    name: string,
    body: Body<T>,
    options: Pick<SpawnOptions, 'signal' | 'runDeadlineMs'>,
  ): Promise<T> {
    const task = await this.supervisor.spawn(name, body, options);
    const outcome = await task.outcome;
    if (outcome.status === 'succeeded') return outcome.value;
    throw outcome.status === 'failed' ? outcome.error : outcome.reason;
  }
}
