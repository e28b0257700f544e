import type { KnownTarget, SignalboxError, TargetChange } from '#contracts';
import type { Supervisor } from '#supervisor';
import { errorText } from '../plugins/checked-result.js';
import { ChangeReporter, type ReportingLease } from '../reporting/change-reporter.js';

/**
 * Ends a chunk of which nothing can be run, whatever the target, because there is no such plugin or
 * its arguments do not fit: every target without an outcome fails with the code of the error.
 * Resolves when the record has it; rejects when the lease is lost.
 *
 * @param reports publishing is a task of it.
 */
export async function refuseChunk(
  lease: ReportingLease,
  known: readonly KnownTarget[],
  error: SignalboxError,
  reports: Pick<Supervisor, 'trySpawn'>,
): Promise<void> {
  const reporter = new ChangeReporter(lease, reports);
  reporter.add(
    ...known
      .filter(({ outcome }) => outcome === undefined)
      .map(({ target, attempt }) => refused(target, attempt, error)),
  );
  await reporter.allConfirmed();
}

function refused(target: string, attempt: number, error: SignalboxError): TargetChange {
  return { target, attempt, state: 'failed', code: error.code, message: errorText(error) };
}
