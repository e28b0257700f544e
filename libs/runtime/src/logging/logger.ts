import type { LogLevel } from './log-options.js';

/** Facts as fields, then a message that never varies; `err` is the field for an error. */
export interface LogMethod {
  (facts: object, message: string): void;
  (message: string): void;
}

/**
 * What a service logs with; inject it by this class. `error`: a person must act; `warn`: retried or degraded;
 * `info`: a state change; `debug`: the rest. Every line carries the service and the process id.
 */
export abstract class Logger {
  abstract readonly trace: LogMethod;
  abstract readonly debug: LogMethod;
  abstract readonly info: LogMethod;
  abstract readonly warn: LogMethod;
  abstract readonly error: LogMethod;
  abstract readonly fatal: LogMethod;

  /** A logger that adds these facts to every line. */
  abstract child(facts: Readonly<Record<string, unknown>>): Logger;

  /** Whether a line of this level would be written; to spare the making of costly facts. */
  abstract isLevelEnabled(level: LogLevel): boolean;
}
