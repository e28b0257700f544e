import type { PoolClient } from 'pg';
import type { WorkingSet } from '../record/working-set.js';
import { flight, type Statement } from './flight.js';
import { rowsJson, type RowStatement } from './rows.js';
import * as others from './write-other-rows.js';
import * as write from './write-rows.js';

/** Writes what a batch changed, set by set, and commits: one flight. Nothing is written when it fails. */
export async function saveRecord(
  client: PoolClient,
  set: WorkingSet,
  nowMs: number,
): Promise<void> {
  const { changes } = set;
  const statements: Statement[] = [];
  const save = (statement: RowStatement, rows: readonly object[]): void => {
    if (rows.length > 0) statements.push({ ...statement, values: [rowsJson(rows)] });
  };
  const created = new Set<object>(changes.newExecutions.map(({ execution }) => execution));
  const known = <T extends object>(all: ReadonlySet<T>, fresh: ReadonlySet<object>): T[] =>
    [...all].filter((one) => !fresh.has(one));

  save(write.NEW_EXECUTIONS, changes.newExecutions.map(write.newExecution));
  save(write.EXECUTIONS, known(changes.executions, created).map(write.execution));
  save(others.NEW_STREAMS, [...changes.newStreams].map(others.stream));
  save(others.STREAMS, known(changes.streams, changes.newStreams).map(others.stream));
  save(write.NEW_LEASES, [...changes.newLeases].map(write.newLease));
  save(
    write.LEASES,
    known(new Set([...changes.leases, ...changes.due]), changes.newLeases).map((lease) =>
      write.lease(lease, changes.due.has(lease)),
    ),
  );
  save(
    write.NEW_PAGES,
    changes.newPages.map((one) => write.newPage(one, nowMs)),
  );
  for (const values of changes.targetsFromPages.map((id) => [id])) {
    statements.push({ ...write.TARGETS_FROM_PAGES, values }, { ...write.USED_PAGES, values });
  }
  save(write.NEW_TARGETS, changes.newTargets.map(write.newTarget));
  const targets = [...changes.targets];
  const reported = targets.filter(({ change }) => change !== null);
  const interrupted = targets.filter(({ change }) => change === null);
  save(write.TARGETS, reported.map(write.target));
  save(write.INTERRUPTED_TARGETS, interrupted.map(write.interruptedTarget));
  save(
    others.SERVICES,
    changes.startedServices.map((one) => others.service(one, nowMs)),
  );
  save(
    others.REPLACED_SERVICES,
    changes.startedServices.map((one) => others.service(one, nowMs)),
  );
  save(
    others.GONE_SERVICES,
    changes.goneServices.map((one) => others.goneService(one, nowMs)),
  );
  save(others.INDEXES, others.indexes(changes.indexes));
  save(
    others.COMMANDS,
    changes.commands.map((one) => others.command(one, nowMs)),
  );
  save(others.CANCELS, others.cancels(changes.cancels, nowMs));
  save(
    others.EVENTS,
    changes.events.map((one) => others.event(one, nowMs)),
  );
  if (set.clockMs > 0) statements.push({ ...others.CLOCK, values: [new Date(set.clockMs)] });
  await flight(client, [...statements, { text: 'commit' }]);
}
