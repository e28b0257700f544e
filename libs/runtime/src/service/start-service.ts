import { DependencyUnavailableError } from '#contracts';
import { fullJitter, type TaskContext } from '#supervisor';
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
  await start(parts, 'the admin server', () => admin.listen(), signal);
  broker.start();
  await start(parts, 'the broker', (stop) => broker.ready(stop), signal);
  for (const { name, run } of lifecycle.hooks.start) await start(parts, name, run, signal);
  await start(parts, 'the consumers', () => transport.listen(), signal);
  state.enter('ready');
}

function start(
  parts: ServiceParts,
  step: string,
  run: LifecycleHook,
  signal: AbortSignal,
): Promise<void> {
  const body = (context: TaskContext): Promise<void> => untilAvailable(parts, step, run, context);
  return parts.steps.run(`start ${step}`, body, { signal });
}

/** Runs a step until it no longer fails for want of a dependency; logs once per reason, not per attempt. */
async function untilAvailable(
  { state, log }: ServiceParts,
  step: string,
  run: LifecycleHook,
  context: TaskContext,
): Promise<void> {
  const { signal } = context;
  let reason: string | undefined;
  for (let attempt = 0; ; attempt += 1) {
    state.waitFor(step, reason);
    try {
      await run(signal);
      return;
    } catch (error) {
      if (!(error instanceof DependencyUnavailableError) || signal.aborted) throw error;
      if (error.message !== reason) {
        log.warn({ step, reason: error.message }, 'start waits for a dependency; trying again');
      }
      reason = error.message;
      state.waitFor(step, reason);
      await context.sleep(fullJitter(attempt, BACKOFF));
    }
  }
}
