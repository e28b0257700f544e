import { logTasks } from '#broker';
import type { Logger } from '#runtime';
import { type Body, type Outcome, Supervisor, type Task } from '#supervisor';

/** How many attempts may run here, and how many chunks may wait to begin one. */
export interface TargetSlotsLimits {
  readonly targets: number;
  readonly chunks: number;
  /**
   * How long an aborted attempt may take to end before it is given up. Longer than plugins of ours need
   * to end their processes (end-processes.ts), shorter than anybody waits for a cancel. Default 10,000.
   */
  readonly closeTimeoutMs?: number;
}

/**
 * Bounds how many targets run at once in this process: one slot for each attempt. A chunk waits for
 * one slot at a time, and executions take turns: one with a single target starts soon while another
 * has thousands waiting, in however many chunks. An attempt that does not end, or a process of it,
 * keeps the slot.
 */
export class TargetSlots {
  readonly supervisor: Supervisor;
  private readonly ends = new Map<string, (outcome: Outcome) => void>();
  private sequence = 0;

  constructor(
    { targets, chunks, closeTimeoutMs = 10_000 }: TargetSlotsLimits,
    log: Pick<Logger, 'warn'>,
  ) {
    this.supervisor = new Supervisor({
      name: 'targets',
      limit: targets,
      pendingLimit: chunks,
      closeTimeoutMs,
      onOutcome: (outcome, { id }) => this.decided(id, outcome),
      ...logTasks(log, 'targets'),
    });
  }

  /**
   * Runs `body` in a slot: before this returns, when one is free; else when it is the turn of `group`,
   * an execution. `onEnd` is called exactly once, in a
   * later turn or by a cancel, when the task is decided, which an abort sees to within bounds.
   *
   * @throws {Error} when there is no place to wait, or the slots are closed; then nothing is called.
   */
  claim<T>(
    name: string,
    body: Body<T>,
    { group, signal }: { readonly group: string; readonly signal: AbortSignal },
    onEnd: (outcome: Outcome<T>) => void,
  ): Task<T> {
    const id = `slot ${(this.sequence += 1)}`;
    this.ends.set(id, onEnd as (outcome: Outcome) => void);
    const task = this.supervisor.trySpawn(name, body, { id, group, signal });
    if (typeof task !== 'string') return task;
    this.ends.delete(id);
    throw new Error(`no target of ${name} can be run: the supervisor of targets is ${task}`);
  }

  private decided(id: string, outcome: Outcome): void {
    const onEnd = this.ends.get(id);
    this.ends.delete(id);
    onEnd?.(outcome);
  }
}
