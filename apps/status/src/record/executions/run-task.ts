import type { RunTask } from '#contracts';
import { accept, refuse, type Refusal } from '../commands/answer.js';
import { commandRefusal } from '../commands/command-refusal.js';
import { CANCELLED } from '../leases/mark.js';
import type { RecordMessage } from '../message.js';
import type { ApplyContext, Transition } from '../transition.js';
import type { WorkingSet } from '../working-set.js';
import { advance, endEarly } from './advance.js';
import { newTarget } from './begin-chunks.js';
import type { Execution } from './execution.js';
import { recordExecution } from './record-execution.js';
import { answerAgain } from './run-again.js';
import { pagesRefusal } from './target-pages.js';

/** What a plugin may be given: a grant carries it beside the targets of a chunk, in one message. */
const MAX_ARGS_BYTES = 128 * 1024;

/** S2: records an execution and begins it, ends it at once (a cancel came first), or refuses it. */
export const runTask: Transition<RunTask> = {
  needs({ executionId, targets }, needs) {
    needs.execution(executionId);
    if (!isList(targets)) needs.pageSet(executionId);
    needs.cancel(executionId);
  },

  apply(set, message, context) {
    const { body } = message;
    const id = body.executionId;
    const known = set.executions.get(id);
    if (known) return answerAgain(set, message, known);
    const forbidden = commandRefusal(message, context);
    if (forbidden) return refuse(set, message, id, forbidden);
    const refusal = refusalOf(set, body);
    const execution = recordWithTargets(set, message, context, refusal);
    if (refusal) return refuse(set, message, id, refusal);
    accept(set, message, id);
    const cancel = set.cancels.get(id);
    if (cancel) execution.reason = cancel.reason;
    if (cancel) endEarly(set, execution, CANCELLED, context.nowMs);
    else advance(set, execution, context.nowMs);
  },
};

function refusalOf(set: WorkingSet, body: RunTask): Refusal | undefined {
  const { executionId, plugin, args, targets } = body;
  if (Buffer.byteLength(JSON.stringify(args)) > MAX_ARGS_BYTES) {
    return {
      code: 'too-large',
      reason: `args have more than ${MAX_ARGS_BYTES} bytes as JSON: they travel with every grant, beside up to 500 targets`,
    };
  }
  const missing = isList(targets)
    ? undefined
    : pagesRefusal(targets, set.pageSets.get(executionId));
  if (missing) return missing;
  const runners = [...set.runners.values()];
  if (runners.length > 0 && !runners.some(({ plugins }) => plugins.includes(plugin))) {
    return {
      code: 'unknown-plugin',
      reason: `no running task-runner offers a plugin ${plugin}: name it in PLUGINS of the task-runners, or use one that they offer`,
    };
  }
  return undefined;
}

function recordWithTargets(
  set: WorkingSet,
  message: RecordMessage<RunTask>,
  { nowMs }: ApplyContext,
  refusal: Refusal | undefined,
): Execution {
  const { executionId: id, targets } = message.body;
  const total = isList(targets) ? targets.length : targets.count;
  const execution = recordExecution(set, message, { asked: message.body, total, refusal }, nowMs);
  if (refusal) return execution;
  if (!isList(targets)) {
    set.changes.targetsFromPages.push(id);
    return execution;
  }
  for (const [at, name] of targets.entries()) {
    const target = newTarget(id, name, at);
    set.addTarget(target);
    set.changes.newTargets.push(target);
  }
  return execution;
}

function isList(targets: RunTask['targets']): targets is readonly string[] {
  return Array.isArray(targets);
}
