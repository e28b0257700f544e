import type { SupervisorOptions } from '#supervisor';
import type { BrokerLog } from './broker-log.js';

/** The options of a supervisor that go into the log. */
export type TaskLogging = Required<Pick<SupervisorOptions, 'onLateError' | 'onOverdue'>>;

/**
 * Makes a supervisor say the same things in every library and service, by itself: which task is overdue, and which error
 * nobody was left to catch. `new Supervisor({ name, limit, ...logTasks(log, name) })`
 */
export function logTasks(log: Pick<BrokerLog, 'warn'>, supervisor: string): TaskLogging {
  return {
    onLateError: (err, { id, name }) =>
      log.warn({ supervisor, id, task: name, err }, 'task failed after it was given up'),
    onOverdue: (kind, { id, name, ageMs, runningMs, closingMs }) =>
      log.warn({ supervisor, id, task: name, kind, ageMs, runningMs, closingMs }, 'task overdue'),
  };
}
