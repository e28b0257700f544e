import { withTimeout, messageOf } from '#supervisor';
import type { Session } from '../broker/session.js';
import { bindingFindings } from './binding-findings.js';
import { lookAtBindings, type Bindings } from './bindings.js';
import { compareByApi } from './compare-by-api.js';
import { ok, trouble, unknown, type Finding } from './finding.js';
import type { Hints } from './hints.js';
import { indexFindings } from './index-findings.js';
import { lagFinding } from './lag-finding.js';
import type { Management } from './management.js';
import { backlogFindings, deadLetterFindings, type Runs } from './queue-findings.js';
import { askServices, notAsked, searchFinding } from './record-findings.js';
import { topologyFindings } from './topology-findings.js';
import { lookAtTopology, type Topology } from './topology.js';
import { workFindings } from './work-findings.js';

/** How long each check may take. */
const CHECK_MS = 3_000;

const NOT_REACHED = 'RabbitMQ cannot be reached, see above';

/** What is looked at through the broker. */
const PARTS = [
  'topology',
  'bindings',
  'queues',
  'dead letters',
  'record',
  'record lag',
  'services',
  'due work',
  'indices',
  'search',
];

/** Through what a mesh is looked at. */
export interface Examined {
  readonly session: Session;
  readonly management: Management;
  readonly hints: Hints;
}

/** What there is to say when there is no connection. `why` says what to do as well. */
export function unreachable(why: string, hints: Hints): Finding[] {
  return [
    trouble('broker', why, hints.broker()),
    ...PARTS.map((check) => unknown(check, NOT_REACHED)),
  ];
}

/** Looks at everything that can be seen through the broker, in a few seconds. Never throws but for the signal's reason. */
export async function examine(examined: Examined, signal: AbortSignal): Promise<Finding[]> {
  const { session, hints } = examined;
  const [topology, bindings, services, search] = await Promise.all([
    lookAtQueues(examined, signal),
    lookAtTheirBindings(examined, signal),
    askServices(session, CHECK_MS, hints),
    searchFinding(session, CHECK_MS, hints),
  ]);
  const { census, isAnswered, lagMs } = services;
  // Without the record it is known of status only, which may say that PostgreSQL is away.
  const alive = census?.alive();
  const runs: Runs = (service) =>
    alive === undefined ? (service === 'status' && isAnswered) || undefined : alive.has(service);
  const recorded =
    census === undefined
      ? ['services', 'due work', 'indices'].map(notAsked)
      : [...census.findings(hints), ...(await askRecord(session, hints))];
  signal.throwIfAborted();
  const queue = topology instanceof Error ? undefined : topology.queues.get('status.record');
  return [
    brokerFinding(session),
    ...(topology instanceof Error
      ? [notSeen('topology', topology)]
      : topologyFindings(topology, hints)),
    ...bindingFindings(bindings, hints),
    ...(topology instanceof Error ? [] : queueFindings(topology, runs, hints)),
    services.finding,
    lagFinding(lagMs, queue, hints),
    ...recorded,
    search,
  ];
}

/** Asked last: a broker in an alarm says so to those only who have tried to publish. */
function brokerFinding({ broker, where }: Session): Finding {
  const problem = broker.trouble();
  if (problem === undefined) return ok('broker', `connected to ${where}, no alarm`);
  return trouble('broker', problem, 'rabbitmq-diagnostics alarms   (on the machine of the broker)');
}

function notSeen(check: string, error: unknown): Finding {
  const why = messageOf(error);
  return trouble(check, `could not be looked at: ${why}`, 'signalbox doctor   (once more)');
}

async function lookAtQueues(
  { session, management }: Examined,
  signal: AbortSignal,
): Promise<Topology | Error> {
  return await within('looking at queues', signal, async (until) => {
    const topology = await lookAtTopology(session.broker, until);
    // What this user may not compare is compared through the management API, where that answers.
    return await compareByApi(topology, management, until).catch(() => topology);
  });
}

async function lookAtTheirBindings(
  { management }: Examined,
  signal: AbortSignal,
): Promise<Bindings | Error> {
  const what = `asking RabbitMQ's management API at ${management.where}`;
  return await within(what, signal, (until) => lookAtBindings(management, until));
}

/** The result, or why there is none. Throws the signal's reason. */
async function within<T>(
  what: string,
  signal: AbortSignal,
  look: (signal: AbortSignal) => Promise<T>,
): Promise<T | Error> {
  try {
    return await withTimeout(look, CHECK_MS, { signal, what, onLateError: () => undefined });
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  }
}

function queueFindings(topology: Topology, runs: Runs, hints: Hints): Finding[] {
  return [...backlogFindings(topology, runs, hints), ...deadLetterFindings(topology)];
}

async function askRecord(session: Session, hints: Hints): Promise<readonly Finding[]> {
  const findings = await Promise.all([
    workFindings(session, CHECK_MS).catch((error: unknown) => [notSeen('due work', error)]),
    indexFindings(session, CHECK_MS, hints).catch((error: unknown) => [notSeen('indices', error)]),
  ]);
  return findings.flat();
}
