import { abortable } from './abortable.js';

/**
 * Lets the event loop turn once, so that timers fire, sockets are read, and every promise reaction
 * that is due runs. Rejects with `signal.reason` when `signal` is, or becomes, aborted.
 */
export function turn(signal?: AbortSignal): Promise<void> {
  const turned = new Promise<void>((resolve) => setImmediate(resolve));
  return signal === undefined ? turned : abortable(turned, signal);
}
