import { QUEUES } from '#contracts';
import { counted } from '../output/counts.js';
import { printable } from '../output/printable.js';
import type { BindingDrift, Bindings } from './bindings.js';
import { ok, trouble, unknown, type Finding } from './finding.js';
import type { Hints } from './hints.js';

const CHECK = 'bindings';

/** So many are told one by one. */
const TOLD = 5;

/** What reaches no queue, or the wrong one; an error says why they could not be looked at. */
export function bindingFindings(looked: Bindings | Error, hints: Hints): Finding[] {
  if (looked instanceof Error) {
    const next =
      'RABBITMQ_MANAGEMENT_URL=http://ADMINISTRATOR:PASSWORD@HOST:15672 signalbox doctor';
    return [unknown(CHECK, looked.message, next)];
  }
  const { count, drift } = looked;
  if (drift.length === 0) return [ok(CHECK, `${counted(count, 'binding')}, all as declared`)];
  const told = drift.slice(0, TOLD).map((one) => different(one, hints));
  const rest = drift.length - TOLD;
  const more = `${counted(rest, 'more binding')} not as declared`;
  return rest > 0
    ? [...told, trouble(CHECK, more, 'signalbox doctor   (once these are mended)')]
    : told;
}

function different({ queue, exchange, key, is }: BindingDrift, hints: Hints): Finding {
  const binding = `${printable(exchange)} -> ${queue} by ${printable(key)}`;
  const { readBy } = QUEUES[queue];
  if ('missing' in is) {
    const says = `missing: ${binding}; ${readBy} binds it when it starts, until then no such message comes`;
    return trouble(CHECK, says, hints.restart(readBy));
  }
  const says = `foreign: ${binding}; ${readBy} gets messages that are not for it`;
  return trouble(CHECK, says, hints.deleteBinding(exchange, queue, is.foreign));
}
