import type { ServiceParts } from './service-parts.js';
import { StopPhase } from './stop-phase.js';

/** What part of the draining time the consumers may use up. */
const CONSUMERS_SHARE = 0.5;

/**
 * Stops a service, started or half started: not ready → consumers drained → `onDrain` hooks in order → `onClose`
 * hooks in reverse → broker → Nest and the admin server, which so can be asked until the end → the last spans.
 *
 * Draining has `drainTimeoutMs` (the consumers at most half of it), then its signal aborts; from then on, or from the end
 * of draining, all the rest has `closeTimeoutMs` in all. A step that fails or takes too long is logged and left behind.
 * Resolves with whether everything ended by itself and in time; never rejects.
 */
export async function stopService(parts: ServiceParts): Promise<boolean> {
  const { admin, broker, transport, tracing, lifecycle, state, drainTimeoutMs, closeTimeoutMs } =
    parts;
  const { drain, close } = lifecycle.hooks;

  state.enter('draining');
  const draining = new StopPhase('drain', parts, drainTimeoutMs, closeTimeoutMs);
  // A question that nobody answers may hold a handler to the end: the hooks have work to give back after that.
  await draining.run('consumers', () => transport.drain(drainTimeoutMs * CONSUMERS_SHARE));
  for (const { name, run } of drain) await draining.run(name, run);
  draining.end();

  state.enter('closing');
  const closing = new StopPhase('close', parts, draining.restMs(closeTimeoutMs));
  for (const { name, run } of close) await closing.run(name, run);
  await closing.run('broker', () => broker.close());
  await closing.run('admin server', () => admin.close());
  await closing.run('tracing', () => tracing.close());
  closing.end();
  return draining.clean && closing.clean;
}
