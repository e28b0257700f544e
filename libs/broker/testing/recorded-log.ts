import type { BrokerLog } from '#broker';

export interface LogLine {
  readonly level: keyof BrokerLog;
  readonly message: string;
  readonly facts: object;
}

/** Keeps what is logged, for the test to look at. */
export class RecordedLog implements BrokerLog {
  readonly lines: LogLine[] = [];

  debug(facts: object, message: string): void {
    this.lines.push({ level: 'debug', message, facts });
  }

  info(facts: object, message: string): void {
    this.lines.push({ level: 'info', message, facts });
  }

  warn(facts: object, message: string): void {
    this.lines.push({ level: 'warn', message, facts });
  }

  error(facts: object, message: string): void {
    this.lines.push({ level: 'error', message, facts });
  }

  /** The messages of a level, in order. */
  messages(level: keyof BrokerLog): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }
}
