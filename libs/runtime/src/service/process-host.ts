import { systemClock, type Clock } from '#supervisor';
import type { LogOutput } from '../logging/create-logger.js';
import type { Environment } from '../settings/load-settings.js';
import { processEnvironment } from '../settings/process.env.js';

/** The signals that ask a service to stop. */
export type StopSignal = 'SIGTERM' | 'SIGINT';

/** What a service needs of the process it lives in. Tests bring their own. */
export interface ProcessHost {
  readonly environment: Environment;
  readonly clock: Clock;
  /** Where the log goes. */
  readonly output: LogOutput;
  /** Where it goes what must be said before there is a log. */
  readonly errorOutput: { write(text: string): unknown };
  /** Calls back for every stop signal, which then no longer ends the process by itself. Returns how to stop listening. */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
  /** Calls back for every error that nobody handled. Returns how to stop listening. */
  onUncaught(listener: (error: unknown) => void): () => void;
  /** Ends the process. */
  exit(code: number): void;
}

/** The process this code runs in. */
export const thisProcess: ProcessHost = {
  environment: processEnvironment,
  clock: systemClock,
  output: process.stdout,
  errorOutput: process.stderr,
  onStopSignal(listener) {
    process.on('SIGTERM', listener).on('SIGINT', listener);
    return () => process.off('SIGTERM', listener).off('SIGINT', listener);
  },
  // Node turns a rejection that nobody handles into an uncaught exception.
  onUncaught(listener) {
    process.on('uncaughtException', listener);
    return () => process.off('uncaughtException', listener);
  },
  exit: (code) => process.exit(code),
};
