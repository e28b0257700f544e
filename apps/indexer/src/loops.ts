import type { Logger } from '#runtime';
import {
  type Body,
  type CloseReport,
  type Clock,
  SpawnRefusedError,
  Supervisor,
} from '#supervisor';

/** What loops are made of. */
export interface LoopsOptions {
  /** Stands in the log and in `/debug/tasks`. */
  readonly name: string;
  /** How many there are at most. */
  readonly limit: number;
  readonly log: Pick<Logger, 'error' | 'warn'>;
  readonly clock?: Clock;
}

/**
 * Tasks that nobody waits for and that a part of the service cannot do without. One that fails is logged and makes the
 * part unwell for good: it is not started again, because what it left behind is not known.
 */
export class Loops {
  readonly supervisor: Supervisor;
  private failure: string | undefined;

  constructor({ log, ...options }: LoopsOptions) {
    this.supervisor = new Supervisor({
      ...options,
      onOutcome: (outcome, { name }) => {
        if (outcome.status !== 'failed') return;
        this.failure ??= `"${name}" ended by a defect (${String(outcome.error)}): restart the service`;
        log.error({ task: name, err: outcome.error }, 'a loop ended by a defect');
      },
      onLateError: (err, { name }) => log.warn({ task: name, err }, 'a loop failed after its end'),
    });
  }

  /** Starts one. Throws a `SpawnRefusedError` after `close`, and beyond the limit. */
  start(name: string, body: Body<void>): void {
    const task = this.supervisor.trySpawn(name, body);
    if (typeof task === 'string') throw new SpawnRefusedError(this.supervisor.name, name, task);
  }

  /** Undefined while none has failed, else which and why. */
  trouble(): string | undefined {
    return this.failure;
  }

  /** Stops all of them, within seconds. Called again, it returns the same promise. */
  close(): Promise<CloseReport> {
    return this.supervisor.close();
  }
}
