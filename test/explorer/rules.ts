import { PARTS } from './scenarios.ts';
import type { Scenario, Switch } from './world/scenario.ts';

/** A change of a module as it is loaded: takes a rule out of it. */
export interface Patch {
  /** The compiled module, from `dist/`. */
  readonly module: string;
  /** Stands in it exactly once. */
  readonly replace: string;
  readonly by: string;
}

/** A rule of leases.md's last table, how it is taken out, and what must break then. */
export interface Rule {
  readonly name: string;
  readonly scenario: Scenario;
  readonly patches?: readonly Patch[];
  readonly switches?: readonly Switch[];
  /** The promises of which one must be seen broken. */
  readonly breaks: readonly string[];
}

const { chunk, retried, cancelled, stream, failing, one, two, none, run, cancel, start, stop } =
  PARTS;

const RECORD = 'apps/status/src/record';
const PROTOCOL = 'libs/lease/src/protocol';

const patch = (module: string, replace: string, by: string): Patch => ({ module, replace, by });

/** Nobody says any more that it does not know a lease. */
const NO_UNKNOWN = [
  patch(
    `${PROTOCOL}/hearing.js`,
    "awaits(worker, key) ? [] : [{ do: 'disown', key, epoch }]",
    '[]',
  ),
  patch(
    `${PROTOCOL}/asking.js`,
    "isOwed ? [{ do: 'disown', key: ref.key, epoch: ref.epoch }] : []",
    '[]',
  ),
  patch(`${PROTOCOL}/instance.js`, "return [{ do: 'disown', key, epoch }]", 'return []'),
];

/** In the order of the table. */
export const RULES: readonly Rule[] = [
  {
    name: 'request id in the owner (S4), where nobody disowns what it was granted (W6)',
    scenario: { ...chunk, ...one('crash status') },
    patches: [
      ...NO_UNKNOWN,
      patch(
        `${RECORD}/leases/acquire-lease.js`,
        'lease.owner.instanceId === instanceId && lease.owner.requestId === requestId',
        'false',
      ),
    ],
    breaks: ['L1', 'L3', 'L5'],
  },
  {
    name: 'request id in the owner (S4): granted by owner alone',
    scenario: { ...chunk, ...two('crash status', 'dead-letter') },
    patches: [
      patch(`${RECORD}/leases/acquire-lease.js`, ' && lease.owner.requestId === requestId', ''),
    ],
    breaks: ['I2', 'I3', 'I4', 'I7'],
  },
  {
    name: 'expiry through the queue (S1, S9)',
    scenario: { ...chunk, ...one('crash worker') },
    switches: ['expiry-through-the-queue'],
    breaks: ['I3', 'I4'],
  },
  {
    name: '`due` in the same transaction (S3, S7)',
    scenario: { ...chunk, ...one('crash status') },
    switches: ['due-in-the-transaction'],
    breaks: ['I9'],
  },
  {
    name: 'everything on one lease channel (Words)',
    scenario: { ...chunk, ...one('cut consume') },
    switches: ['one-lease-channel'],
    breaks: ['I3', 'I4'],
  },
  {
    name: 'waiting for the answer after the delivery is gone (W1), where nobody disowns what it was granted (W6)',
    scenario: { ...chunk, ...one('cut consume') },
    switches: ['wait-without-delivery'],
    patches: NO_UNKNOWN,
    breaks: ['L1', 'L5'],
  },
  {
    name: 'dropping offers only on an answer (W2)',
    scenario: { ...chunk, ...one('cut publish') },
    patches: [
      patch(
        `${PROTOCOL}/asking.js`,
        'worker.asks.set(ticket, ask);',
        "if (worker.leases.has(key)) return [{ do: 'decline', ticket, answer: 'held' }]; worker.asks.set(ticket, ask);",
      ),
    ],
    breaks: ['I8', 'I9'],
  },
  {
    name: '`cancelled` in the pings (W6)',
    scenario: { ...cancelled, ...none },
    patches: [
      patch(`${PROTOCOL}/hearing.js`, 'return heard(worker, { key, epoch }, marks);', 'return [];'),
    ],
    breaks: ['L2'],
  },
  {
    name: '`lease.unknown` and repeated requests (W1, W6): no `lease.unknown`',
    scenario: { ...stream, ...two('slow', 'drain') },
    patches: NO_UNKNOWN,
    breaks: ['L1', 'L2'],
  },
  {
    name: '`lease.unknown` and repeated requests (W1, W6): no repeated requests',
    scenario: { ...chunk, ...one('lose reply') },
    switches: ['repeated-requests'],
    breaks: ['L3'],
  },
  {
    name: 'decisions read in the transaction, term (S1)',
    scenario: { ...chunk, ...one('freeze status') },
    switches: ['decide-in-the-transaction'],
    breaks: ['I1', 'I2'],
  },
  {
    name: '`released` names its own targets (S7)',
    scenario: { ...chunk, ...two('crash worker', 'drain') },
    patches: [
      patch(
        `${RECORD}/leases/vacate-lease.js`,
        'clearStarted(set, lease, body.interrupted);',
        "clearStarted(set, lease, ['host-1']);",
      ),
      patch(
        `${RECORD}/leases/vacate-lease.js`,
        'for (const target of interrupted)',
        "for (const target of ['host-1'])",
      ),
    ],
    breaks: ['I4'],
  },
  {
    name: 'a lease of one’s own counts as `resumed` (S8)',
    scenario: {
      ...retried,
      ...two('cut publish', 'lose reply'),
      isAlone: true,
      isPatient: true,
      startsOnce: 'L6',
    },
    patches: [
      patch(`${RECORD}/leases/resume-leases.js`, 'new Set([...from, instanceId])', 'new Set(from)'),
    ],
    breaks: ['L6'],
  },
  {
    name: 'all instances in `from` (W7)',
    scenario: { ...retried, ...two('restart broker'), isAlone: true, startsOnce: 'L6' },
    patches: [
      patch(
        `${PROTOCOL}/instance.js`,
        'lease.owners = [...lease.owners, instance.id]',
        'lease.owners = [instance.id]',
      ),
    ],
    breaks: ['L6'],
  },
  {
    name: '`lease.unknown` after the grace (W7)',
    scenario: { ...retried, ...two('cut publish', 'slow') },
    patches: NO_UNKNOWN,
    breaks: ['L1'],
  },
  {
    name: 'asking again after the channel died (W1)',
    scenario: { ...chunk, ...one('cut publish') },
    patches: [
      patch(
        `${PROTOCOL}/instance.js`,
        'return [...worker.asks.values()].map((ask) => askAnew(ask, newRequestId));',
        'return [];',
      ),
    ],
    breaks: ['L3'],
  },
  {
    name: 'pinging every owner in the record (S9)',
    scenario: { ...chunk, ...one('crash worker') },
    switches: ['ping-every-owner'],
    breaks: ['L1'],
  },
  {
    name: 'control queue before the first word (W7)',
    scenario: { ...chunk, ...one('cut publish') },
    switches: ['listen-first'],
    breaks: ['I3', 'I4'],
  },
  {
    name: 'no broadcast of `stream.stop` (S2)',
    scenario: {
      ...stream,
      commands: [start(1), { ...stop, isBroadcast: true }, start(2)],
      ...none,
    },
    breaks: ['L1'],
  },
  {
    name: 'a start clears `cancelled` (S2)',
    scenario: { ...stream, ...none },
    patches: [patch(`${RECORD}/streams/start-stream.js`, 'stream.mark = null;', '')],
    breaks: ['L1'],
  },
  {
    name: '`stream.stopped` of a revoked lease releases (S5)',
    scenario: { ...stream, ...none },
    patches: [
      patch(
        `${RECORD}/streams/stream-reported.js`,
        'stream.revoked && stream.mark === null',
        'false',
      ),
    ],
    breaks: ['L1'],
  },
  {
    name: 'the dead-lettered offer counts (S3)',
    scenario: { ...chunk, ...one('dead-letter') },
    patches: [patch(`${RECORD}/leases/vacate-lease.js`, 'lease.epoch !== body.epoch', 'true')],
    breaks: ['I9', 'L1'],
  },
  {
    name: 'the dead-lettered offer counts only if nobody owns the epoch (S3)',
    scenario: { ...chunk, ...two('crash status', 'dead-letter') },
    patches: [
      patch(
        `${RECORD}/leases/vacate-lease.js`,
        'lease.owner !== null || lease.epoch',
        'lease.epoch',
      ),
    ],
    breaks: ['I3', 'I4'],
  },
  {
    name: 'publishing what has ended whatever the mark (W7)',
    scenario: { ...chunk, commands: [run(['host-1']), cancel], ...one('cut publish') },
    patches: [
      patch(
        `${PROTOCOL}/instance.js`,
        'const again = lease.unconfirmed',
        'const again = answer.cancelled ? [] : lease.unconfirmed',
      ),
    ],
    breaks: ['I3', 'L1', 'L2', 'L5'],
  },
  {
    name: 'attempts, not `started`, under `finishRunning` (S6): at the record',
    scenario: { ...failing, ...one('drain') },
    patches: [
      patch(`${RECORD}/executions/advance.js`, 'ending.finishRunning ? chunk.attempted : 0', '0'),
    ],
    breaks: ['S6'],
  },
  {
    name: 'attempts, not `started`, under `finishRunning` (W4, W6): at the worker',
    scenario: { ...failing, ...one('drain') },
    switches: ['attempts-at-the-worker'],
    breaks: ['S6', 'I3'],
  },
  {
    name: 'the same merge of marks at the worker (W6)',
    scenario: {
      ...failing,
      commands: [...failing.commands, cancel],
      plugin: 'fails on the first, never ends on the others',
      ...none,
    },
    patches: [
      patch(
        'libs/lease/src/marks.js',
        'if (heard === null || !known.finishRunning || isSame(known, heard))',
        'if (true)',
      ),
    ],
    breaks: ['L2'],
  },
];
