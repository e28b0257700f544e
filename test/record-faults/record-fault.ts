import { eventually } from '../../tools/testing/eventually.ts';
import type { ExecutionRow, EventRow, TargetRow } from './record-ledger.ts';
import type { RecordGround } from './record-ground.ts';
import { RecordLoad } from './record-load.ts';

/** One way in which the record's writer is disturbed under load. */
export interface RecordFault {
  readonly name: string;
  /** Resolves once the fault is over and two statuses are there again, with what was promised of it and did not hold. */
  readonly run: (ground: RecordGround, options: FaultOptions) => Promise<readonly string[]>;
}

export interface FaultOptions {
  /** How many executions are commanded, half of them before the fault is over. */
  readonly executions: number;
  /** How long what is stopped stays away, at most. */
  readonly outageMs: number;
  readonly random: () => number;
}

export interface FaultResult {
  /** Every promise that was broken; empty when all held. */
  readonly violations: readonly string[];
  readonly facts: Readonly<Record<string, number>>;
}

/** How long all of it may take to be recorded after the fault. */
const SETTLED_WITHIN_MS = 90_000;

/** Runs one fault in the middle of a load, and compares everything that was said with the record. */
export async function runRecordFault(
  fault: RecordFault,
  ground: RecordGround,
  options: FaultOptions,
): Promise<FaultResult> {
  const startedAt = performance.now();
  const { executions, random } = options;
  await using load = await RecordLoad.open({ amqpUrl: ground.amqpUrl, random });
  const takeoversBefore = await ground.writes.takeovers();
  const commanded = load.command(Math.ceil(executions / 2));
  // So many events: commands, grants and events are under way by then.
  await load.untilReported(Math.floor(executions * (0.3 + random())));
  const broken = await fault.run(ground, options);
  await Promise.all([commanded, load.command(Math.floor(executions / 2))]);
  load.letGo();
  const unsettled = await untilSettled(ground, load).catch((error: Error) => [error.message]);
  const { ledger } = load;
  const violations = [
    ...broken,
    ...unsettled,
    ...ledger.violations(await recorded(ground, [...ledger.asked.keys()])),
    ...(await ground.writes.foreign()),
    ...(await leftOpen(ground)),
    ...ground.errors().map(({ msg }) => `a status complained: ${msg}`),
  ];
  const { askedAgain, held } = load.facts;
  const facts = {
    executions: ledger.acceptedCommands,
    events: ledger.confirmedEvents,
    askedAgain,
    held,
    lostLeases: ledger.lostLeases,
    repeatedEndings: ledger.repeatedEndings,
    takeovers: (await ground.writes.takeovers()) - takeoversBefore,
    tookMs: Math.round(performance.now() - startedAt),
  };
  return { violations: violations.map((one) => `${fault.name}: ${one}`), facts };
}

/** Waits until everything has ended and was told. */
async function untilSettled(ground: RecordGround, load: RecordLoad): Promise<string[]> {
  const all = [...load.ledger.asked.values()];
  await eventually(
    'every end was heard',
    () => all.every(({ finished }) => finished.length > 0),
    SETTLED_WITHIN_MS,
  );
  await eventually(
    'no lease is open',
    async () => (await leftOpen(ground)).length === 0,
    SETTLED_WITHIN_MS,
  );
  return [];
}

async function recorded(ground: RecordGround, ids: readonly string[]) {
  const ofThese = [ids];
  const [executions, targets, events] = await Promise.all([
    ground.rows<ExecutionRow>(
      `select id, outcome, total, succeeded + failed + timed_out + cancelled + lost + skipped as ended
       from executions where id = any($1)`,
      ofThese,
    ),
    ground.rows<TargetRow>(
      `select execution_id, name, state, message from target_states where execution_id = any($1)`,
      ofThese,
    ),
    ground.rows<EventRow>(
      `select aggregate, epoch, seq::int as seq from events
       where aggregate like 'chunk/%' and split_part(aggregate, '/', 2)::uuid = any($1)`,
      ofThese,
    ),
  ]);
  return { executions, targets, events };
}

/** Leases that are not closed, and offers that are still due. */
async function leftOpen(ground: RecordGround): Promise<string[]> {
  const rows = await ground.rows<{ said: string }>(
    `select format('%s is left: owner %s, due %s', key, owner_instance, due_at) as said
     from leases where not closed or due_at is not null`,
  );
  return rows.map(({ said }) => said);
}
