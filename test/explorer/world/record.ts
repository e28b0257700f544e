import { definitionOf, parseLeaseKey } from '#contracts';
import { apply, needsOf, WorkingSet, type Needs, type RecordMessage } from '#status/record';
import type { Message, RecordData, Reply } from './parts.ts';

/** Nothing here depends on the time of day. */
export const NOW = 1_764_000_000_000;

/** Work as a command names it. */
export type Resolve = (message: Message) => RecordMessage;

/** One transaction: reads what the batch needs, applies it, writes what changed. Returns what is owed to the outside. */
export function transact(
  record: RecordData,
  messages: readonly Message[],
  resolve: Resolve,
  read: RecordData = record,
): Reply[] {
  const batch = messages.map(resolve);
  const set = load(read, needsOf(batch));
  apply(set, batch, { nowMs: NOW, requireUser: false });
  save(record, set);
  return set.effects.replies.map(({ address, contract, body }) => ({
    to: address,
    type: definitionOf(contract).type,
    body,
  }));
}

/** Reads what storage would read. */
function load(record: RecordData, needs: Needs): WorkingSet {
  const set = new WorkingSet();
  set.clockMs = NOW;
  const executions = new Set(needs.executions);
  for (const key of needs.leases) {
    const lease = parseLeaseKey(key);
    if (lease?.kind === 'chunk') executions.add(lease.executionId);
  }
  for (const one of record.services) set.runners.set(one.instanceId, one);
  for (const one of copies(record.executions))
    if (executions.has(one.id)) set.executions.set(one.id, one);
  for (const one of copies(record.leases)) {
    const isOpenChunk = one.kind === 'chunk' && executions.has(one.executionId) && !one.closed;
    if (isOpenChunk || needs.leases.has(one.key)) set.addLease(one);
  }
  const granted = grantable(record, needs);
  for (const one of copies(record.targets)) {
    const isNamed = needs.targets.get(one.executionId)?.has(one.name) === true;
    if (isNamed || granted.has(one.executionId)) set.addTarget(one);
  }
  for (const { id, ...work } of record.work) if (executions.has(id)) set.work.set(id, work);
  for (const one of record.commands) {
    const isNamed = needs.commands.some(({ subject, messageId }) => {
      return subject === one.subject && messageId === one.messageId;
    });
    if (isNamed) set.addCommand(one);
  }
  for (const id of record.cancels) {
    if (needs.cancels.has(id))
      set.cancels.set(id, { executionId: id, requestedBy: '', reason: null });
  }
  return set;
}

/** Executions of chunks that may be granted. */
function grantable(record: RecordData, needs: Needs): Set<string> {
  const executions = new Set<string>();
  for (const lease of record.leases) {
    const isGrantable = needs.grants.has(lease.key) && lease.kind === 'chunk' && !lease.closed;
    if (isGrantable) executions.add(lease.executionId);
  }
  return executions;
}

/** Writes what storage would write. */
function save(record: RecordData, { changes }: WorkingSet): void {
  for (const { execution, work } of changes.newExecutions) {
    record.executions.push(execution);
    record.work.push({ id: execution.id, ...work });
  }
  replace(record.executions, changes.executions, (one) => one.id);
  for (const lease of new Set([...changes.leases, ...changes.due])) {
    const at = record.leases.findIndex(({ key }) => key === lease.key);
    if (at < 0) continue;
    const old = record.leases[at] as typeof lease;
    const due = changes.due.has(lease) ? lease.due : old.due;
    record.leases[at] =
      lease.kind === 'stream' ? { ...old, ...leaseFieldsOf(lease), due } : { ...lease, due };
  }
  for (const stream of changes.streams) {
    const at = record.leases.findIndex(({ key }) => key === stream.key);
    if (at >= 0)
      record.leases[at] = { ...stream, ...leaseFieldsOf(record.leases[at] as typeof stream) };
  }
  record.leases.push(...changes.newLeases);
  record.targets.push(...changes.newTargets);
  for (const target of changes.targets) {
    const at = record.targets.findIndex(
      (one) => one.executionId === target.executionId && one.name === target.name,
    );
    const old = record.targets[at];
    if (old)
      record.targets[at] =
        target.change === null ? { ...old, started: null } : { ...target, change: null };
  }
  for (const { instanceId, plugins } of changes.startedServices) {
    const process = processOf(instanceId);
    record.services = record.services.filter((one) => processOf(one.instanceId) !== process);
    record.services.push({ instanceId, plugins: plugins.map(({ name }) => name) });
  }
  for (const gone of changes.goneServices) {
    record.services = record.services.filter(({ instanceId }) => instanceId !== gone.instanceId);
  }
  sortServices(record);
  for (const { executionId } of changes.cancels) {
    if (!record.cancels.includes(executionId)) record.cancels.push(executionId);
  }
  // Only streams recognise a command by its message id.
  record.commands.push(...changes.commands.filter(({ type }) => type.startsWith('stream.')));
}

/** In an order that does not tell which of two came first. */
export function sortServices({ services }: RecordData): void {
  services.sort((one, other) => (one.instanceId < other.instanceId ? -1 : 1));
}

function leaseFieldsOf({
  epoch,
  owner,
  mark,
  revoked,
  closed,
  ending,
  closedAtMs,
  takeovers,
  due,
}: RecordData['leases'][number]) {
  return { epoch, owner, mark, revoked, closed, ending, closedAtMs, takeovers, due };
}

function processOf(instanceId: string): string {
  return instanceId.split('.')[0] as string;
}

function replace<T>(rows: T[], changed: Iterable<T>, key: (one: T) => string): void {
  for (const one of changed) {
    const at = rows.findIndex((row) => key(row) === key(one));
    if (at >= 0) rows[at] = one;
  }
}

function copies<T>(rows: readonly T[]): T[] {
  return structuredClone(rows) as T[];
}
