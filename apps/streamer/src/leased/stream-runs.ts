import { setMaxListeners } from 'node:events';
import { logTasks, type Slot } from '#broker';
import type { StreamGrant, StreamState } from '#contracts';
import type { Logger } from '#runtime';
import { Supervisor, type TaskContext } from '#supervisor';
import type { StreamLease } from './stream-lease.js';
import type { StreamRun } from './stream-run.js';

const NAME = 'streams';
/** What a run that is cut off may take to close its socket. */
const CLOSE_TIMEOUT_MS = 3_000;

export interface StreamRunsOptions {
  /** How many there may be. */
  readonly slots: number;
  /** How long a stream may wait for the record to take it back, in milliseconds. */
  readonly leaseGraceMs: number;
}

/** The streams that this process follows. */
export class StreamRuns {
  readonly supervisor: Supervisor;
  readonly #newRun: (lease: StreamLease, grant: StreamGrant) => StreamRun;
  readonly #runs = new Set<StreamRun>();
  readonly #draining = new AbortController();

  constructor(
    { slots, leaseGraceMs }: StreamRunsOptions,
    newRun: (lease: StreamLease, grant: StreamGrant) => StreamRun,
    log: Pick<Logger, 'warn' | 'error'>,
  ) {
    this.#newRun = newRun;
    setMaxListeners(0, this.#draining.signal); // each run listens
    this.supervisor = new Supervisor({
      name: NAME,
      limit: slots,
      closeTimeoutMs: CLOSE_TIMEOUT_MS + leaseGraceMs,
      onOutcome: (outcome, { name }) => {
        if (outcome.status === 'failed')
          log.error({ task: name, err: outcome.error }, 'stream ended by a defect');
      },
      ...logTasks(log, NAME),
    });
  }

  /** What the streams are doing. */
  get states(): readonly StreamState[] {
    return [...this.#runs].map((run) => run.standing.state);
  }

  /** Follows a stream that was granted, until its lease ends; then the slot is free again. */
  start(lease: StreamLease, grant: StreamGrant, slot: Slot | undefined): void {
    slot?.keep();
    const run = this.#newRun(lease, grant);
    const follow = async (context: TaskContext): Promise<void> => {
      this.#runs.add(run);
      try {
        await run.run(context, this.#draining.signal);
      } finally {
        this.#runs.delete(run);
        slot?.release();
      }
    };
    const task = lease.inTrace(() => this.supervisor.trySpawn(`stream ${run.streamId}`, follow));
    if (typeof task !== 'string') return;
    // Stopping already: the record hears from the next ping that nobody here runs it.
    lease.finish();
    slot?.release();
  }

  /**
   * Gives every stream back in order, and resolves when all have ended. What has not after
   * `graceTimeoutMs` is cut off.
   */
  async drain(graceTimeoutMs: number): Promise<void> {
    this.#draining.abort();
    await this.supervisor.close({ graceTimeoutMs });
  }
}
