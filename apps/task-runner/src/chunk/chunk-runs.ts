import { setMaxListeners } from 'node:events';
import type { Slot } from '#broker';
import type { ChunkGrant } from '#contracts';
import { Supervisor } from '#supervisor';
import type { ChunkLease } from './chunk-lease.js';
import { type ChunkParts, ChunkRun } from './chunk-run.js';

/**
 * How long a chunk that is interrupted may take until its targets have ended and it is given back:
 * a little longer than its attempts may (target-slots.ts).
 */
const CLOSE_TIMEOUT_MS = 12_000;

/** The chunks that this process holds. */
export class ChunkRuns {
  readonly supervisor: Supervisor;
  private readonly draining = new AbortController();

  /** @param slots how many there may be; the consumer of offers takes no more. */
  constructor(
    slots: number,
    private readonly parts: ChunkParts,
  ) {
    setMaxListeners(0, this.draining.signal); // each run listens
    // A run may wait a moment for another's last step, after its slot is free.
    this.supervisor = new Supervisor({
      name: 'chunks',
      limit: slots,
      pendingLimit: slots,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
    });
  }

  /** Runs a chunk that was granted, until its lease ends; then the slot is free again. */
  start(lease: ChunkLease, grant: ChunkGrant, slot: Slot | undefined): void {
    slot?.keep();
    const run = new ChunkRun(lease, grant, this.parts);
    const task = this.supervisor.trySpawn(lease.key, ({ signal }) =>
      run.run(this.draining.signal, signal),
    );
    if (typeof task !== 'string') {
      void task.settled.then(() => slot?.release());
      return;
    }
    // Stopping already: the record hears at the next ping that nobody here runs it (leases.md, W6).
    lease.finish();
    slot?.release();
  }

  /**
   * Begins no target any more; what runs may end within `graceTimeoutMs` and is ended then. Resolves
   * when every chunk has ended or was given back, or a little later without those that do not stop.
   */
  async drain(graceTimeoutMs: number): Promise<void> {
    this.draining.abort();
    await this.supervisor.close({ graceTimeoutMs });
  }
}
