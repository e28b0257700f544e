import { abortable, sleep } from '#supervisor';
import { ReadinessWatch } from '../health/readiness-watch.js';
import { ExitCode } from './exit-code.js';
import type { ServiceParts } from './service-parts.js';
import { startService } from './start-service.js';
import type { StopRequest } from './stop-request.js';
import { stopService } from './stop-service.js';

/** Starts a service, waits until somebody or something stops it, stops it, and says how that went. Never rejects. */
export async function runUntilStopped(parts: ServiceParts, stop: StopRequest): Promise<ExitCode> {
  const { health, log, clock, loops } = parts;
  try {
    await startService(parts, stop.asked);
    log.info('ready');
    const watch = new ReadinessWatch(health, log);
    loops.start('watch readiness', (context) => watch.run(context), stop.asked);
    await sleep(Infinity, stop.asked, clock);
  } catch (error) {
    // An abort is how every service ends; anything else is why it cannot start.
    if (!stop.asked.aborted) stop.fail(error, 'cannot start; stopping');
  }
  const clean = await abortable(stopService(parts), stop.cutOff).catch(() => false);
  if (stop.failed) return ExitCode.failed;
  return clean ? ExitCode.stopped : ExitCode.cutShort;
}
