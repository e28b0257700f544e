import type { PoolClient } from 'pg';
import type { WorkingSet } from '../record/working-set.js';
import { flight, type Statement } from './flight.js';
import { rowsJson, type RowStatement } from './rows/row-statement.js';
import { INSERT_COMMANDS, UPSERT_CANCELS, cancelRows, commandRow } from './rows/command-rows.js';
import { INSERT_EVENTS, eventRow } from './rows/event-rows.js';
import { feedStatement } from './rows/feed-rows.js';
import {
  INSERT_EXECUTIONS,
  UPDATE_EXECUTIONS,
  executionRow,
  newExecutionRow,
} from './rows/execution-rows.js';
import { UPSERT_INDEXES, indexRows } from './rows/index-rows.js';
import { INSERT_LEASES, UPDATE_LEASES, leaseRow, newLeaseRow } from './rows/lease-rows.js';
import {
  INSERT_SERVICES,
  UPDATE_GONE_SERVICES,
  UPDATE_REPLACED_SERVICES,
  goneServiceRow,
  serviceRow,
} from './rows/service-rows.js';
import { INSERT_STREAMS, UPDATE_STREAMS, streamRow } from './rows/stream-rows.js';
import {
  DELETE_USED_PAGES,
  INSERT_PAGES,
  INSERT_TARGETS_FROM_PAGES,
  newPageRow,
} from './rows/target-page-rows.js';
import {
  INSERT_TARGETS,
  UPDATE_INTERRUPTED_TARGETS,
  UPDATE_TARGETS,
  interruptedTargetRow,
  newTargetRow,
  targetRow,
} from './rows/target-rows.js';
import { UPDATE_CLOCK } from './rows/writer-row.js';

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

  save(INSERT_EXECUTIONS, changes.newExecutions.map(newExecutionRow));
  save(UPDATE_EXECUTIONS, known(changes.executions, created).map(executionRow));
  save(INSERT_STREAMS, [...changes.newStreams].map(streamRow));
  save(UPDATE_STREAMS, known(changes.streams, changes.newStreams).map(streamRow));
  save(INSERT_LEASES, [...changes.newLeases].map(newLeaseRow));
  save(
    UPDATE_LEASES,
    known(new Set([...changes.leases, ...changes.due]), changes.newLeases).map((lease) =>
      leaseRow(lease, changes.due.has(lease)),
    ),
  );
  save(
    INSERT_PAGES,
    changes.newPages.map((one) => newPageRow(one, nowMs)),
  );
  for (const values of changes.targetsFromPages.map((id) => [id])) {
    statements.push({ ...INSERT_TARGETS_FROM_PAGES, values }, { ...DELETE_USED_PAGES, values });
  }
  save(INSERT_TARGETS, changes.newTargets.map(newTargetRow));
  const targets = [...changes.targets];
  const reported = targets.filter(({ change }) => change !== null);
  const interrupted = targets.filter(({ change }) => change === null);
  save(UPDATE_TARGETS, reported.map(targetRow));
  save(UPDATE_INTERRUPTED_TARGETS, interrupted.map(interruptedTargetRow));
  save(
    INSERT_SERVICES,
    changes.startedServices.map((one) => serviceRow(one, nowMs)),
  );
  save(
    UPDATE_REPLACED_SERVICES,
    changes.startedServices.map((one) => serviceRow(one, nowMs)),
  );
  save(
    UPDATE_GONE_SERVICES,
    changes.goneServices.map((one) => goneServiceRow(one, nowMs)),
  );
  save(UPSERT_INDEXES, indexRows(changes.indexes));
  save(
    INSERT_COMMANDS,
    changes.commands.map((one) => commandRow(one, nowMs)),
  );
  save(UPSERT_CANCELS, cancelRows(changes.cancels, nowMs));
  save(
    INSERT_EVENTS,
    changes.events.map((one) => eventRow(one, nowMs)),
  );
  if (set.clockMs > 0) statements.push({ ...UPDATE_CLOCK, values: [new Date(set.clockMs)] });
  const feed = feedStatement(set);
  if (feed) statements.push(feed);
  await flight(client, [...statements, { text: 'commit' }]);
}
