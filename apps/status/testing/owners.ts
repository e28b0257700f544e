import fc from 'fast-check';
import {
  AcquireLease,
  CancelTask,
  LeaseExpired,
  LeaseReleased,
  RunTask,
  StartStream,
  StopStream,
  StreamCheckpointed,
  StreamStopped,
  TargetsChanged,
  type TargetChange,
} from '#contracts';
import type { RecordMessage } from '../src/record/message.js';
import {
  EXECUTION,
  STREAM,
  STREAM_KEY,
  hosts,
  instance,
  request,
  streamReport,
} from './messages.js';
import { RecordInMemory } from './record-in-memory.js';
import type { Decided } from './replay.js';

/** One thing that happens; the numbers choose among what is possible then. */
interface Step {
  readonly what: 'grant' | 'say' | 'deliver' | 'repeat' | 'expire' | 'release' | 'cancel' | 'stop';
  readonly which: number;
  readonly how: number;
}

/** What one owner knows of the chunk or stream that it holds, or believes to. */
interface Owner {
  readonly key: string;
  readonly epoch: number;
  readonly instanceId: string;
  seq: number;
  readonly targets: Map<string, TargetChange | undefined>;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constant('grant' as const) },
    { weight: 12, arbitrary: fc.constant('say' as const) },
    { weight: 8, arbitrary: fc.constant('deliver' as const) },
    { weight: 3, arbitrary: fc.constant('repeat' as const) },
    { weight: 2, arbitrary: fc.constantFrom('expire' as const, 'release' as const) },
    { weight: 1, arbitrary: fc.constantFrom('cancel' as const, 'stop' as const) },
  ),
  which: fc.nat(),
  how: fc.nat(),
});

const policy = fc.constantFrom(
  {},
  { batches: { sizes: [2, 3] } },
  { maxFailures: 1, batches: { sizes: [3] } },
);

/** What owners do and what becomes of it on the way: enough to play it. */
export const plot = fc.record({ policy, steps: fc.array(step, { minLength: 20, maxLength: 120 }) });
export type Plot = typeof plot extends fc.Arbitrary<infer T> ? T : never;

const TARGETS = 8;

/**
 * Plays owners that keep to leases.md: each counts its events from 1 and repeats them as they were. What they say is late, comes in another
 * order, or twice; owners vanish, go on without knowing it, and give back. Each batch goes to `apply`, in step with the record in memory that is
 * returned.
 */
export async function play(
  { policy: wanted, steps }: Plot,
  apply: (batch: readonly RecordMessage[]) => Promise<unknown> = () => Promise.resolve(),
): Promise<RecordInMemory> {
  const record = new RecordInMemory();
  const owners: Owner[] = [];
  const underWay: { readonly owner: Owner; readonly message: RecordMessage }[] = [];
  let requests = 0;
  const tell = async (...batch: readonly RecordMessage[]): Promise<void> => {
    record.apply(...batch);
    await apply(batch);
  };
  const leases = (owned: boolean) =>
    [...record.set.leases.values()].filter((one) => !one.closed && (one.owner !== null) === owned);

  const run = { executionId: EXECUTION, plugin: 'ssh', targets: hosts(TARGETS), policy: wanted };
  const url = 'https://edge-01.example.net/logs';
  const start = { streamId: STREAM, url, format: 'ndjson', index: 'edge' };
  await tell(record.message(RunTask, run), record.message(StartStream, start));

  const does: Record<Step['what'], (which: number, how: number) => Promise<void>> = {
    async grant(which) {
      const lease = pick(leases(false), which);
      if (!lease) return;
      requests += 1;
      const instanceId = instance(1 + (requests % 9));
      const { key } = lease;
      const asked = { key, instanceId, requestId: request(requests) };
      await tell(record.message(AcquireLease, asked));
      if (lease.owner === null) return;
      const targets = lease.kind === 'chunk' ? record.set.targetsOf(lease) : [];
      const open = targets.filter(({ outcome }) => outcome === null);
      const known = open.map(({ name, attempt }) => [name, began(name, attempt)] as const);
      owners.push({ key, epoch: lease.epoch, instanceId, seq: 0, targets: new Map(known) });
    },
    async say(which, how) {
      const owner = pick(owners, which);
      if (!owner) return;
      const message =
        owner.key === STREAM_KEY ? streamWord(record, owner) : word(record, owner, how);
      if (message) underWay.push({ owner, message });
    },
    async deliver(which, how) {
      const batch: RecordMessage[] = [];
      for (let n = 0; n <= how % 4 && underWay.length > 0; n += 1) {
        const [one] = underWay.splice(which % underWay.length, 1);
        if (one) batch.push(one.message);
      }
      if (batch.length > 0) await tell(...batch);
    },
    async repeat(which) {
      const one = pick(underWay, which);
      if (one) await tell(one.message);
    },
    async expire(which) {
      const lease = pick(leases(true), which);
      if (!lease?.owner) return;
      const { key, epoch, owner } = lease;
      await tell(record.message(LeaseExpired, { key, epoch, instanceId: owner.instanceId }));
    },
    async release(which, how) {
      const [owner] = owners.splice(which % Math.max(1, owners.length), 1);
      if (!owner) return;
      // It is said on the same channel: behind all the owner's events.
      const own = underWay.filter((one) => one.owner === owner);
      for (const one of own) {
        underWay.splice(underWay.indexOf(one), 1);
        await tell(one.message);
      }
      const { key, epoch, instanceId, targets } = owner;
      const started = [...targets].filter(([, change]) => change?.state === 'started');
      const interrupted = started.slice(0, how % 3).map(([name]) => name);
      await tell(record.message(LeaseReleased, { key, epoch, instanceId, interrupted }));
    },
    async cancel(which) {
      if (which % 4 === 0) await tell(record.message(CancelTask, { executionId: EXECUTION }));
    },
    async stop(which) {
      if (which % 4 !== 0) await tell(record.message(StartStream, start));
      else await tell(record.message(StopStream, { streamId: STREAM }));
    },
  };
  for (const { what, which, how } of steps) await does[what](which, how);
  while (underWay.length > 0) await does.deliver(0, 3);
  return record;
}

/** What of the record in memory does not follow from its event log. */
export function decided({ set }: Pick<RecordInMemory, 'set'>): Decided {
  const targets = hosts(TARGETS).flatMap((name) => set.target(EXECUTION, name) ?? []);
  return { executions: [...set.executions.values()], leases: [...set.leases.values()], targets };
}

/** All of it twice, in an order that the numbers say. */
export function shuffledTwice<T>(all: readonly T[], numbers: Iterator<number>): T[] {
  const numbered = [...all, ...all].map((one) => [Number(numbers.next().value), one] as const);
  return numbered.toSorted(([a], [b]) => a - b).map(([, one]) => one);
}

/** The owner's next event about some targets; nothing when all have ended. */
function word(record: RecordInMemory, owner: Owner, how: number): RecordMessage | undefined {
  const open = [...owner.targets].filter(([, change]) => !isEnded(change));
  const changes = open.slice(how % 3, (how % 3) + 2).map(([name, before], at) => {
    const next = after(name, before, how + at);
    owner.targets.set(name, next);
    return next;
  });
  if (changes.length === 0) return undefined;
  owner.seq += 1;
  const { key, epoch, seq } = owner;
  return record.message(TargetsChanged, { key, epoch, seq, changes });
}

function streamWord(record: RecordInMemory, owner: Owner): RecordMessage {
  owner.seq += 1;
  const { epoch, seq } = owner;
  const ends = seq === 6;
  const counters = { documents: seq, bytes: seq * 10, reconnects: 0, rejected: 0 };
  const position = { by: 'event-id', eventId: String(seq) };
  const fields = { counters, ...(seq > 1 && { position }), ...(ends && { state: 'stopped' }) };
  const contract = ends ? StreamStopped : StreamCheckpointed;
  return record.message(contract, streamReport(epoch, seq, fields));
}

function after(target: string, before: TargetChange | undefined, how: number): TargetChange {
  const attempt = before?.attempt ?? 0;
  if (before?.state !== 'started') return { target, state: 'started', attempt: attempt + 1 };
  const state = (['succeeded', 'failed', 'retrying', 'succeeded'] as const)[how % 4] ?? 'failed';
  return {
    target,
    state,
    attempt,
    code: `code-${how % 5}`,
    endedAt: 1_764_000_000_000 + (how % 1_000),
  };
}

/** What an owner is told of a target that an earlier one had begun. */
function began(target: string, attempt: number): TargetChange | undefined {
  return attempt === 0 ? undefined : { target, state: 'retrying', attempt };
}

function isEnded(change: TargetChange | undefined): boolean {
  return change !== undefined && change.state !== 'started' && change.state !== 'retrying';
}

function pick<T>(all: readonly T[], which: number): T | undefined {
  return all[which % Math.max(1, all.length)];
}
