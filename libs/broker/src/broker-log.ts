/** What the library writes to: any logger with pino's calling convention (facts first, then a static message). */
export interface BrokerLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Says nothing: for whoever reports what went wrong by other means, as a command line does. */
export const NO_LOG: BrokerLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
