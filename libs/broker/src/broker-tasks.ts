import { Supervisor, type Body, type Task, messageOf } from '#supervisor';
import type { BrokerLog } from './broker-log.js';
import { logTasks } from './log-tasks.js';

const NAME = 'broker';
/** The loops of two connections and of every queue, and errands that end within seconds. */
const LIMIT = 64;

/**
 * What the library does that nobody waits for: loops that go on until they are told to stop, and errands. Their bodies deal with
 * what is to be expected, such as a broker that is down. So a task that fails is a defect: it is logged, and `trouble()` names it
 * from then on.
 */
export class BrokerTasks {
  readonly supervisor: Supervisor;
  private defect: string | undefined;

  constructor(private readonly log: BrokerLog) {
    this.supervisor = new Supervisor({
      name: NAME,
      limit: LIMIT,
      onOutcome: (outcome, { name }) => {
        if (outcome.status === 'failed') this.failed(name, outcome.error);
      },
      ...logTasks(log, NAME),
    });
  }

  /** Runs a task, beginning before it returns. Undefined when it was not taken: after `close()`, or when too many run (a defect). */
  run<T>(name: string, body: Body<T>, signal?: AbortSignal): Task<T> | undefined {
    const task = this.supervisor.trySpawn(name, body, { signal });
    if (task === 'closed') return undefined;
    if (task !== 'full') return task;
    this.failed(name, new Error(`${LIMIT} tasks of the broker run already`));
    return undefined;
  }

  /** The first defect there was; undefined while there was none. */
  trouble(): string | undefined {
    return this.defect;
  }

  /** Aborts what still runs; resolves within seconds. Safe to call twice. */
  async close(): Promise<void> {
    const { stuck } = await this.supervisor.close();
    for (const { name, ageMs } of stuck) {
      this.log.warn({ task: name, ageMs }, 'a task of the broker did not stop');
    }
  }

  private failed(task: string, error: unknown): void {
    this.log.error({ task, err: error }, 'a task of the broker failed: a defect');
    this.defect ??= defectIn(task, error);
  }
}

/** The trouble that a task has left which must not fail, and has. */
export function defectIn(task: string, error: unknown): string {
  return `"${task}" failed, which is a defect: restart the service (${messageOf(error)})`;
}
