/** What the library writes to: any logger with pino's calling convention (facts first, then a static message). */
export interface BrokerLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
