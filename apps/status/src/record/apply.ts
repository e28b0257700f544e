import { CancelTask, definitionOf } from '#contracts';
import { refuseInvalid } from './commands/refuse-invalid.js';
import { announceAgain } from './executions/announce-again.js';
import type { RecordMessage } from './message.js';
import { Needs } from './needs.js';
import type { ApplyContext, Transition } from './transition.js';
import { transitionOf } from './transitions.js';
import type { WorkingSet } from './working-set.js';

/** What a batch has to know of the record. */
export function needsOf(messages: readonly RecordMessage[]): Needs {
  const needs = new Needs();
  for (const message of messages) transitionFor(message).needs(message.body, needs, message);
  return needs;
}

/**
 * Applies a batch to the part of the record that it needs: events first, then all else, each in the order of the queue (S1). A
 * `task.cancel` keeps its place among the events: owners hear of it by broadcast, so their outcomes may follow in the same batch,
 * and whether it came before the last of them must not depend on where a batch ends. No I/O: what changed is in `set.changes`,
 * what is owed to the outside in `set.effects`.
 */
export function apply(
  set: WorkingSet,
  messages: readonly RecordMessage[],
  context: ApplyContext,
): void {
  for (const message of eventsFirst(messages)) {
    transitionFor(message).apply(set, message, context);
    if (message.redelivered && message.refusal === undefined) announceAgain(set, message);
  }
}

function transitionFor({ type, refusal }: RecordMessage): Transition<object> {
  return refusal === undefined ? transitionOf(type) : refuseInvalid;
}

function eventsFirst(messages: readonly RecordMessage[]): RecordMessage[] {
  const isFirst = ({ type, body }: RecordMessage) =>
    definitionOf(type).kind === 'event' || body instanceof CancelTask;
  return [...messages.filter(isFirst), ...messages.filter((message) => !isFirst(message))];
}
