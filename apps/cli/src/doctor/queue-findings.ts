import type { QueueName, ServiceName } from '#contracts';
import { counted } from '../output/counts.js';
import { ok, trouble, type Finding } from './finding.js';
import type { Hints } from './hints.js';
import type { FoundQueue, Topology } from './topology.js';

/** From here on a queue counts as full: soon it refuses what is published. */
const NEARLY_FULL = 0.9;

/** Whether a service runs, as far as known. */
export type Runs = (service: ServiceName) => boolean | undefined;

/** What waits in the queues of services, and whether somebody reads it. */
export function backlogFindings(topology: Topology, runs: Runs, hints: Hints): Finding[] {
  return existing(topology, 'live').map((queue) =>
    backlog(queue, runs(queue.definition.readBy), hints),
  );
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

function backlog(queue: FoundQueue, runs: boolean | undefined, hints: Hints): Finding {
  const { definition, messages, consumers } = queue;
  const { name, readBy } = definition;
  const check = `queue ${name}`;
  const waiting = `${counted(messages, 'message')} waiting`;
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
    const how = messages >= limit ? 'full: it refuses what is published' : 'nearly full';
    const says = `${waiting} of at most ${limit}: ${how}; ${readBy} is slower than what comes`;
    return trouble(check, says, whatIsSlow(queue, hints));
  }
  if (consumers === 0) return ok(check, `${waiting}; every ${readBy} is full`);
  return ok(check, `${waiting}, ${counted(consumers, 'reader')}`);
}

/** What makes the reader of a full queue slow. */
function whatIsSlow({ definition: { name, readBy } }: FoundQueue, hints: Hints): string {
  const ofMore = `signalbox services --service ${readBy}   (start more of them, or look at their log)`;
  // The record is read by one status at a time: more of them do not help.
  if (name === 'status.record') {
    return hints.metrics(readBy, 'signalbox_record', 'how large its transactions are, how slow');
  }
  return name === 'indexer.documents' ? `signalbox index list --state blocked; ${ofMore}` : ofMore;
}

/** Who has no free slot does not read these at all. */
const READ_WHEN_FREE: ReadonlySet<QueueName> = new Set(['task-runner.work', 'streamer.work']);

function existing({ queues }: Topology, kind: 'live' | 'dead'): readonly FoundQueue[] {
  return [...queues.values()].filter(
    ({ definition, drift }) => definition.kind === kind && drift.is !== 'missing',
  );
}
