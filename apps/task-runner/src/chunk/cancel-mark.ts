import { CancelledError, type LeaseMark, TimedOutError } from '#contracts';

/** The mark of a chunk whose execution's time is up: `status` sets it too, but its clock ticks in seconds. */
export const EXECUTION_TIMED_OUT: LeaseMark = {
  outcome: 'timed-out',
  code: 'execution-timeout',
  finishRunning: false,
};

/** What a running attempt is aborted with when a mark ends it. */
export function abortReasonOf({ outcome, code }: LeaseMark): Error {
  return outcome === 'timed-out'
    ? new TimedOutError('the time of the execution is up', { code: 'execution-timeout' })
    : new CancelledError(`the execution is ended: ${code}`);
}
