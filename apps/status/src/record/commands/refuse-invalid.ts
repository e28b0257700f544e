import { definitionOf, RunTask } from '#contracts';
import { refuseRun } from '../executions/refuse-run.js';
import type { RecordMessage } from '../message.js';
import type { Transition } from '../transition.js';
import { refuse, type Refusal } from './answer.js';
import { commandRefusal } from './command-refusal.js';
import { subjectOf } from './invalid-command.js';

const RUN = definitionOf(RunTask).type;

/** S2: a command that breaks its contract changes nothing, but that the id of a `task.run` is used up: its execution was rejected. */
export const refuseInvalid: Transition<object> = {
  needs(body, needs, { type }) {
    if (type === RUN) needs.execution(subjectOf(type, body));
  },

  apply(set, message, context) {
    const { type, body } = message;
    const subject = subjectOf(type, body);
    const forbidden = commandRefusal(message, context);
    const refusal = forbidden ?? refusalOf(message);
    if (type !== RUN || forbidden) refuse(set, message, subject, refusal);
    else refuseRun(set, message, subject, refusal, context);
  },
};

function refusalOf({ type, refusal }: RecordMessage): Refusal {
  if (refusal === undefined) throw new TypeError(`${type} is to be refused without a reason`);
  return refusal;
}
