import type { ServiceName } from '#contracts';
import { withTimeout, messageOf } from '#supervisor';
import type { Session } from '../broker/session.js';
import { indexFindings } from './index-findings.js';
import { ok, trouble, unknown, type Finding } from './finding.js';
import { backlogFindings, deadLetterFindings } from './queue-findings.js';
import { askServices, notAsked, searchFinding, workFindings } from './record-findings.js';
import { aliveServices, serviceFindings } from './service-findings.js';
import { topologyFindings } from './topology-findings.js';
import { lookAtTopology, type Topology } from './topology.js';

/** How long each check may take. */
const CHECK_MS = 3_000;

const NOT_REACHED = 'RabbitMQ cannot be reached, see above';

/** What is looked at through the broker. */
const PARTS = [
  'topology',
  'queues',
  'dead letters',
  'record',
  'services',
  'due work',
  'indices',
  'search',
];

/** What there is to say when there is no connection. `why` says what to do as well. */
export function unreachable(why: string): Finding[] {
  return [
    trouble('broker', why, 'rabbitmqctl status   (on the machine of the broker)'),
    ...PARTS.map((check) => unknown(check, NOT_REACHED)),
  ];
}

/** Looks at everything that can be seen through the broker, in a few seconds. Never throws but for the signal's reason. */
export async function examine(session: Session, signal: AbortSignal): Promise<Finding[]> {
  const [topology, services, search] = await Promise.all([
    look(session, signal),
    askServices(session, CHECK_MS),
    searchFinding(session, CHECK_MS),
  ]);
  const alive = services.items && aliveServices(services.items);
  const recorded =
    services.items === undefined
      ? ['services', 'due work', 'indices'].map(notAsked)
      : [...serviceFindings(services.items), ...(await askRecord(session))];
  signal.throwIfAborted();
  return [
    brokerFinding(session),
    ...(topology instanceof Error
      ? [notSeen('topology', topology)]
      : queueFindings(topology, alive)),
    services.finding,
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

async function look({ broker }: Session, signal: AbortSignal): Promise<Topology | Error> {
  try {
    const looking = (until: AbortSignal): Promise<Topology> => lookAtTopology(broker, until);
    const options = { signal, what: 'looking at queues', onLateError: () => undefined };
    return await withTimeout(looking, CHECK_MS, options);
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error : new Error(String(error));
  }
}

function queueFindings(topology: Topology, alive: ReadonlySet<ServiceName> | undefined): Finding[] {
  return [
    ...topologyFindings(topology),
    ...backlogFindings(topology, alive),
    ...deadLetterFindings(topology),
  ];
}

async function askRecord(session: Session): Promise<readonly Finding[]> {
  const findings = await Promise.all([
    workFindings(session, CHECK_MS).catch((error: unknown) => [notSeen('due work', error)]),
    indexFindings(session, CHECK_MS).catch((error: unknown) => [notSeen('indices', error)]),
  ]);
  return findings.flat();
}
