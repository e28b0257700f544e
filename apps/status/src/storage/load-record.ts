import { parseLeaseKey } from '#contracts';
import type { PoolClient } from 'pg';
import type { Needs } from '../record/needs.js';
import { WorkingSet } from '../record/working-set.js';
import { flight, type Statement } from './flight.js';
import { SELECT_CANCELS, SELECT_COMMANDS, takeCancel, takeCommand } from './rows/command-rows.js';
import { SELECT_EXECUTIONS, SELECT_WORK, takeExecution, takeWork } from './rows/execution-rows.js';
import { SELECT_CHUNKS, takeChunk } from './rows/lease-rows.js';
import { SELECT_RUNNERS, takeRunner } from './rows/service-rows.js';
import { SELECT_STREAMS, takeStream } from './rows/stream-rows.js';
import { SELECT_PAGES, SELECT_PAGE_SETS, takePage, takePageSet } from './rows/target-page-rows.js';
import { SELECT_GRANTED_TARGETS, SELECT_TARGETS, takeTarget } from './rows/target-rows.js';
import { SELECT_WRITER } from './rows/writer-row.js';

/**
 * Reads what a batch of messages needs, in one flight that also begins the transaction and takes the writer's row, which holds
 * off every other writer until the end of the transaction. Returns the newest term with it.
 */
export async function loadRecord(
  client: PoolClient,
  needs: Needs,
  nowMs: number,
): Promise<{ readonly set: WorkingSet; readonly term: number }> {
  const loads = loadsFor(needs, new Date(nowMs));
  const [, writers = [], ...answers] = await flight(client, [
    { text: 'begin' },
    SELECT_WRITER,
    ...loads.map(({ statement }) => statement),
  ]);
  const set = new WorkingSet();
  const writer = writers[0] as { term: number; clock: number } | undefined;
  if (!writer) throw new Error('the table writer has no row: was the database emptied by hand?');
  set.clockMs = writer.clock;
  for (const [at, { take }] of loads.entries()) {
    for (const row of answers[at] ?? []) take(set, row as never);
  }
  addOverdueTo(set, needs);
  return { set, term: writer.term };
}

function addOverdueTo(set: WorkingSet, { overdueExecutions, overdueOffers }: Needs): void {
  for (const id of overdueExecutions) {
    const execution = set.executions.get(id);
    if (execution) set.overdue.executions.push(execution);
  }
  for (const key of overdueOffers) {
    const lease = set.leases.get(key);
    if (lease) set.overdue.offers.push(lease);
  }
}

/** What a tick finds overdue, added to the needs of its batch: at most so much that the batch stays small. */
export async function addOverdue(client: PoolClient, needs: Needs): Promise<void> {
  if (needs.tickAtMs === undefined) return;
  const at = [new Date(needs.tickAtMs)];
  const [executions = [], offers = []] = await flight(client, [
    { ...OVERDUE_EXECUTIONS, values: at },
    { ...OVERDUE_OFFERS, values: at },
  ]);
  for (const { id } of executions) needs.overdueExecution(id as string);
  for (const { key } of offers) needs.overdueOffer(key as string);
}

interface Load {
  readonly statement: Statement;
  readonly take: (set: WorkingSet, row: never) => void;
}

const OVERDUE_EXECUTIONS = {
  name: 'overdue-executions',
  text: 'select id from executions where deadline_at <= $1 order by deadline_at limit 100',
};

const OVERDUE_OFFERS = {
  name: 'overdue-offers',
  text: `select l.key from leases l
         where l.offered_at <= $1::timestamptz - interval '10 minutes'
           and l.due_at is null and l.owner_instance is null and not l.closed
           and not exists (select from executions e where e.id = l.execution_id and e.paused)
         order by l.offered_at limit 500`,
};

function loadsFor(needs: Needs, now: Date): Load[] {
  const executions = new Set(needs.executions);
  const keys = [...needs.leases];
  for (const key of keys) {
    const lease = parseLeaseKey(key);
    if (lease?.kind === 'chunk') executions.add(lease.executionId);
  }
  const loads: Load[] = [];
  const load = (statement: Statement, take: Load['take']): void => {
    loads.push({ statement, take });
  };
  load(SELECT_RUNNERS, takeRunner);
  if (executions.size > 0) {
    const ids = [...executions];
    load({ ...SELECT_EXECUTIONS, values: [ids] }, takeExecution);
    load({ ...SELECT_CHUNKS, values: [ids, keys] }, takeChunk);
  }
  const streams = keys.filter((key) => parseLeaseKey(key)?.kind === 'stream');
  if (streams.length > 0) load({ ...SELECT_STREAMS, values: [streams] }, takeStream);
  if (needs.targets.size > 0) {
    load({ ...SELECT_TARGETS, values: pairs(needs.targets) }, takeTarget);
  }
  if (needs.grants.size > 0) {
    const granted = [...needs.grants];
    load({ ...SELECT_GRANTED_TARGETS, values: [granted] }, takeTarget);
    load({ ...SELECT_WORK, values: [granted] }, takeWork);
  }
  if (needs.pages.size > 0) {
    load({ ...SELECT_PAGES, values: pairs(needs.pages) }, takePage);
  }
  if (needs.pageSets.size > 0) {
    load({ ...SELECT_PAGE_SETS, values: [[...needs.pageSets]] }, takePageSet);
  }
  if (needs.commands.length > 0) {
    const subjects = needs.commands.map(({ subject }) => subject);
    const messageIds = needs.commands.map(({ messageId }) => messageId);
    load({ ...SELECT_COMMANDS, values: [subjects, messageIds, now] }, takeCommand);
  }
  if (needs.cancels.size > 0) {
    load({ ...SELECT_CANCELS, values: [[...needs.cancels], now] }, takeCancel);
  }
  return loads;
}

function pairs<T>(groups: ReadonlyMap<string, ReadonlySet<T>>): [string[], T[]] {
  const keys: string[] = [];
  const values: T[] = [];
  for (const [key, group] of groups) {
    for (const value of group) {
      keys.push(key);
      values.push(value);
    }
  }
  return [keys, values];
}
