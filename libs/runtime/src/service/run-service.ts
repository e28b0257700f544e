import { randomUUID } from 'node:crypto';
import { createLogger } from '../logging/create-logger.js';
import { loadSettings } from '../settings/load-settings.js';
import { secretValues } from '../settings/secret-values.js';
import type { ServiceSettings } from '../settings/service.env.js';
import { SettingsError } from '../settings/settings-error.js';
import { composeService } from './compose-service.js';
import { ExitCode } from './exit-code.js';
import { thisProcess, type ProcessHost } from './process-host.js';
import { ProcessIdentity } from './process-identity.js';
import type { ServiceDefinition } from './service-definition.js';
import { StopRequest } from './stop-request.js';
import { runUntilStopped } from './run-until-stopped.js';
import { signalboxVersion } from './version.js';

/**
 * Runs a service from its environment to the end of the process, which it ends with an `ExitCode`.
 * Owns SIGTERM, SIGINT and errors that nobody handles.
 */
export async function runService<S extends ServiceSettings>(
  definition: ServiceDefinition<S>,
  host: ProcessHost = thisProcess,
): Promise<void> {
  const settings = readSettings(definition, host);
  if (settings === undefined) return host.exit(ExitCode.wrongSettings);

  const identity = new ProcessIdentity(definition.service, randomUUID(), signalboxVersion());
  const log = createLogger({
    identity,
    level: settings.LOG_LEVEL,
    format: settings.LOG_FORMAT,
    output: host.output,
    secrets: secretValues(settings),
  });
  const stop = new StopRequest(host, log);
  log.info({ version: identity.version, pid: process.pid }, 'starting');

  const exitCode = await composeService(definition, settings, identity, log, host).then(
    (parts) => runUntilStopped(parts, stop),
    (error: unknown) => {
      stop.fail(error, 'cannot put the service together');
      return ExitCode.failed;
    },
  );
  log.info({ exitCode }, 'stopped');
  stop.dispose();
  host.exit(exitCode);
}

function readSettings<S extends ServiceSettings>(
  definition: ServiceDefinition<S>,
  host: ProcessHost,
): S | undefined {
  try {
    return loadSettings(definition.settings, host.environment);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    host.errorOutput.write(`${definition.service} cannot start. ${error.message}\n`);
    return undefined;
  }
}
