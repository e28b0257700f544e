import { DependencyUnavailableError } from '#contracts';
import { abortable, fullJitter, sleep } from '#supervisor';
import type { LifecycleHook } from './lifecycle.js';
import type { ServiceParts } from './service-parts.js';

const BACKOFF = { baseMs: 200, capMs: 5_000 };

/**
 * Starts a service: the admin server first, so that it can be asked what the rest waits for; then the broker,
 * the `onStart` hooks in order, the consumers. Resolves when the service is ready.
 * A dependency that is down keeps it waiting, not ready with the reason; any other error rejects.
 * Rejects with the signal's reason when that aborts first. What was started is for `stopService` to stop.
 */
export async function startService(parts: ServiceParts, signal: AbortSignal): Promise<void> {
  const { admin, broker, transport, lifecycle, state } = parts;
  await abortable(admin.listen(), signal);
  broker.start();
  await untilAvailable(parts, 'the broker', () => broker.ready(signal), signal);
  for (const { name, run } of lifecycle.hooks.start) {
    await untilAvailable(parts, name, run, signal);
  }
  await untilAvailable(parts, 'the consumers', () => transport.listen(), signal);
  state.enter('ready');
}

/** Runs a step until it no longer fails for want of a dependency; logs once per reason, not per attempt. */
async function untilAvailable(
  { state, log, clock }: ServiceParts,
  step: string,
  run: LifecycleHook,
  signal: AbortSignal,
): Promise<void> {
  const late = (error: unknown): void => log.error({ step, err: error }, 'start step failed late');
  let reason: string | undefined;
  for (let attempt = 0; ; attempt += 1) {
    state.waitFor(step, reason);
    try {
      await abortable(Promise.resolve(run(signal)), signal, late);
      return;
    } catch (error) {
      if (!(error instanceof DependencyUnavailableError) || signal.aborted) throw error;
      if (error.message !== reason) {
        log.warn({ step, reason: error.message }, 'start waits for a dependency; trying again');
      }
      reason = error.message;
      state.waitFor(step, reason);
      await sleep(fullJitter(attempt, BACKOFF), signal, clock);
    }
  }
}
