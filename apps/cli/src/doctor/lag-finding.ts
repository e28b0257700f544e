import { QUEUES } from '#contracts';
import { counted } from '../output/counts.js';
import { duration } from '../output/time.js';
import { ok, trouble, unknown, type Finding } from './finding.js';
import type { Hints } from './hints.js';
import type { FoundQueue } from './topology.js';

/** From here on people notice: what they asked is not recorded yet. */
const LATE_MS = 10_000;

const CHECK = 'record lag';

/** How far the record is behind what is published. `lagMs` is what status says, if it does; `queue` the record's own. */
export function lagFinding(
  lagMs: number | undefined,
  queue: Pick<FoundQueue, 'messages' | 'consumers'> | undefined,
  hints: Hints,
): Finding {
  if (lagMs === undefined) return unasked(queue);
  const behind = `${Math.floor(lagMs / 1_000)} s behind what is published`;
  if (lagMs < LATE_MS) return ok(CHECK, behind);
  // Those that status holds already are not among them.
  const waits = queue === undefined ? '' : `, ${counted(queue.messages, 'more message')} waiting`;
  return trouble(
    CHECK,
    `${duration(lagMs)} behind what is published${waits}`,
    hints.metrics('status', 'signalbox_record', 'how large its transactions are, and how slow'),
  );
}

/** Nobody says it: then only an empty queue that nobody holds anything of is known not to be behind. */
function unasked(queue: Pick<FoundQueue, 'messages' | 'consumers'> | undefined): Finding {
  if (queue?.messages === 0 && queue.consumers === 0) {
    return ok(CHECK, `0 s behind what is published: ${QUEUES['status.record'].name} is empty`);
  }
  const waits = queue === undefined ? '' : `; ${counted(queue.messages, 'message')} waiting`;
  return unknown(CHECK, `status does not say, see above${waits}`);
}
