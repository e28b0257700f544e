import { Supervisor } from '#supervisor';
import type { PluginLog } from '../plugins/plugin.js';

/**
 * How long an aborted attempt may take to end before it is given up. Longer than plugins of ours need
 * to end their processes (end-processes.ts), shorter than anybody waits for a cancel.
 */
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Bounds how many targets run at once in this process: one slot for each attempt. A chunk waits for
 * one slot at a time, first come, first served, so chunks take turns: one with a single target
 * starts soon while others have thousands waiting. An attempt that does not end keeps its slot.
 */
export class TargetSlots extends Supervisor {
  constructor(limit: number, log: Pick<PluginLog, 'warn'>) {
    super({
      name: 'targets',
      limit,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      onLateError: (err, { name }) =>
        log.warn({ err, chunk: name }, 'an attempt failed after its end had been decided'),
    });
  }
}
