import { logTasks } from '#broker';
import type { Logger } from '#runtime';
import { Supervisor } from '#supervisor';
import { MAX_UNCONFIRMED } from './publish-window.js';

const NAME = 'stream publishes';
/** Beside its batches a stream publishes its events, one after the other. */
const FOR_EVENTS = 1;
/** A publish that is given up waits for nothing any more. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * What the streams of this process publish: a task for each batch that is unconfirmed, and one for a
 * stream's events. Each stream bounds its own, so there is a slot for all of them; a place to wait
 * is for those that follow a publish which was given up and has not ended yet.
 */
export class PublishTasks extends Supervisor {
  constructor(streams: number, log: Pick<Logger, 'warn'>) {
    const limit = streams * (MAX_UNCONFIRMED + FOR_EVENTS);
    super({
      name: NAME,
      limit,
      pendingLimit: limit,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      ...logTasks(log, NAME),
    });
  }
}
