import { logTasks } from '#broker';
import {
  type Body,
  type Clock,
  type CloseReport,
  SpawnRefusedError,
  Supervisor,
  messageOf,
} from '#supervisor';
import type { Logger } from '../logging/logger.js';

/** What loops are made of. */
export interface LoopsOptions {
  /** Stands in the log and in `/debug/tasks`. */
  readonly name: string;
  /** How many there are at most. */
  readonly limit: number;
  readonly log: Pick<Logger, 'error' | 'warn'>;
  /** Milliseconds that a loop may take to stop. Default 2,000. */
  readonly closeTimeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * Tasks that nobody waits for and that a part of the service cannot do without. One that fails is logged and makes the
 * part unwell for good: it is not started again, because what it left behind is not known.
 */
export class Loops {
  /** For the task registry. */
  readonly supervisor: Supervisor;
  #failure: string | undefined;

  constructor({ log, closeTimeoutMs = 2_000, ...options }: LoopsOptions) {
    const { name: loops } = options;
    this.supervisor = new Supervisor({
      ...options,
      closeTimeoutMs,
      onOutcome: (outcome, { name }) => {
        if (outcome.status !== 'failed') return;
        const { error: err } = outcome;
        this.#failure ??= `"${name}" failed, restart the service: ${messageOf(err)}`;
        log.error({ supervisor: loops, task: name, err }, 'loop failed; restart the service');
      },
      ...logTasks(log, loops),
    });
  }

  /**
   * Starts one, before it returns; besides `close` its `signal` ends it. Throws a `SpawnRefusedError` after `close`,
   * and beyond the limit.
   */
  start(name: string, body: Body<unknown>, signal?: AbortSignal): void {
    const task = this.supervisor.trySpawn(name, body, signal && { signal });
    if (typeof task === 'string') throw new SpawnRefusedError(this.supervisor.name, name, task);
  }

  /** Undefined while none has failed, else which one did and why. */
  trouble(): string | undefined {
    return this.#failure;
  }

  /** Stops all of them, within the closing time. Called again, it returns the same promise. Never rejects. */
  close(): Promise<CloseReport> {
    return this.supervisor.close();
  }
}
