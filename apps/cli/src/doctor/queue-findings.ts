import type { QueueName, ServiceName } from '#contracts';
import { counted } from '../output/counts.js';
import { ok, trouble, type Finding } from './finding.js';
import type { Hints } from './hints.js';
import type { FoundQueue, Topology } from './topology.js';

/** From here on a queue counts as full: soon it refuses what is published. */
const NEARLY_FULL = 0.9;

/** What waits in the queues of services, and whether somebody reads it. `alive`: the services that run, as far as known. */
export function backlogFindings(
  topology: Topology,
  alive: ReadonlySet<ServiceName> | undefined,
  hints: Hints,
): Finding[] {
  return existing(topology, 'live').map((queue) => backlog(queue, alive, hints));
}

/** What waits for a person. */
export function deadLetterFindings(topology: Topology): Finding[] {
  const queues = existing(topology, 'dead');
  if (queues.length === 0) return [];
  const filled = queues.filter(({ messages }) => messages > 0);
  if (filled.length === 0) return [ok('dead letters', 'none')];
  return filled.map(({ definition: { name }, messages }) =>
    trouble(
      'dead letters',
      `${counted(messages, 'letter')} in ${name}`,
      `signalbox dead list --queue ${name}`,
    ),
  );
}

function backlog(
  queue: FoundQueue,
  alive: ReadonlySet<ServiceName> | undefined,
  hints: Hints,
): Finding {
  const { definition, messages, consumers } = queue;
  const { name, readBy } = definition;
  const check = `queue ${name}`;
  const waiting = `${counted(messages, 'message')} waiting`;
  const runs = alive?.has(readBy);
  if (consumers === 0 && !(runs === true && READ_WHEN_FREE.has(name))) {
    if (runs === undefined) {
      return trouble(check, `${waiting}, no reader: does ${readBy} run?`, hints.start(readBy));
    }
    return runs
      ? trouble(
          check,
          `${waiting}, no reader: ${readBy} runs, but something it needs is missing`,
          hints.readiness(readBy, 'it says what'),
        )
      : trouble(check, `${waiting}, no reader: no ${readBy} runs`, hints.start(readBy));
  }
  const limit = Number(definition.arguments['x-max-length'] ?? Infinity);
  if (messages >= limit * NEARLY_FULL) {
    const says = `${waiting} of at most ${limit}: nearly full; ${readBy} is slower than what comes`;
    return trouble(
      check,
      says,
      `signalbox services   (start more of ${readBy}, or look at its log)`,
    );
  }
  if (consumers === 0) return ok(check, `${waiting}; every ${readBy} is full`);
  return ok(check, `${waiting}, ${counted(consumers, 'reader')}`);
}

/** Who has no free slot does not read these at all. */
const READ_WHEN_FREE: ReadonlySet<QueueName> = new Set(['task-runner.work', 'streamer.work']);

function existing({ queues }: Topology, kind: 'live' | 'dead'): readonly FoundQueue[] {
  return [...queues.values()].filter(
    ({ definition, drift }) => definition.kind === kind && drift.is !== 'missing',
  );
}
