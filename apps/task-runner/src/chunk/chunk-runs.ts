import { setMaxListeners } from 'node:events';
import { logTasks, type Slot } from '#broker';
import type { ChunkGrant } from '#contracts';
import type { Logger } from '#runtime';
import { Supervisor } from '#supervisor';
import type { ChunkLease } from './chunk-lease.js';
import { type ChunkParts, ChunkRun } from './chunk-run.js';

/**
 * How long a chunk that is interrupted may take until its targets have ended and it is given back:
 * a little longer than its attempts may (target-slots.ts).
 */
const CLOSE_TIMEOUT_MS = 12_000;

/** What every chunk of this process runs with, but what the chunks have among themselves. */
export interface ChunkRunsParts extends Omit<ChunkParts, 'tasks' | 'log'> {
  readonly slots: ChunkParts['tasks']['slots'];
  readonly log: Logger;
}

export interface ChunkRunsOptions {
  /** How many there may be; the consumer of offers takes no more. */
  readonly chunks: number;
  /** How long a chunk may wait for the record to take it back, in milliseconds. */
  readonly leaseGraceMs: number;
}

/** The chunks that this process holds. */
export class ChunkRuns {
  readonly supervisor: Supervisor;
  /** What is being told to the record. */
  readonly reports: Supervisor;
  private readonly draining = new AbortController();
  private readonly parts: ChunkParts;

  constructor(
    { chunks: limit, leaseGraceMs }: ChunkRunsOptions,
    { slots, ...parts }: ChunkRunsParts,
  ) {
    setMaxListeners(0, this.draining.signal); // each run listens
    this.supervisor = new Supervisor({
      name: 'chunks',
      limit,
      // A chunk may wait a moment for another's last step, after its slot is free.
      pendingLimit: limit,
      closeTimeoutMs: CLOSE_TIMEOUT_MS + leaseGraceMs,
      ...logTasks(parts.log, 'chunks'),
    });
    this.reports = new Supervisor({
      name: 'reports',
      limit,
      pendingLimit: limit,
      closeTimeoutMs: 1_000,
      ...logTasks(parts.log, 'reports'),
    });
    this.parts = { ...parts, tasks: { slots, reports: this.reports } };
  }

  /** Runs a chunk that was granted, until its lease ends; then the slot is free again. */
  start(lease: ChunkLease, grant: ChunkGrant, slot: Slot | undefined): void {
    slot?.keep();
    const run = new ChunkRun(lease, grant, this.parts);
    const task = this.supervisor.trySpawn(lease.key, async ({ signal }) => {
      try {
        await run.run(this.draining.signal, signal);
      } finally {
        slot?.release();
      }
    });
    if (typeof task !== 'string') return;
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
