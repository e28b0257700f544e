import type { SupervisorOptions } from '#supervisor';
import type { BrokerLog } from './broker-log.js';

/** Makes a supervisor of the library log a line for each task of which it finds that it takes too long. */
export function logOverdue(
  log: BrokerLog,
  supervisor: string,
): NonNullable<SupervisorOptions['onOverdue']> {
  return (kind, { id, name, ageMs, runningMs, closingMs }) =>
    log.warn({ supervisor, id, task: name, kind, ageMs, runningMs, closingMs }, 'task overdue');
}
