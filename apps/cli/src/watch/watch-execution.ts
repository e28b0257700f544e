import { GetExecution, GetExecutionAnswered, SignalboxError, checkMessage } from '#contracts';
import { withTimeout, messageOf } from '#supervisor';
import type { Session } from '../broker/session.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Console } from '../output/console.js';
import { summaryLines } from '../output/counts.js';
import { firstTargetsOf } from '../output/targets.js';
import { showEvents } from './execution-events.js';
import { ExecutionView } from './execution-view.js';

/** Events may be missed while the connection is away; the record is asked all the same. */
const ASK_EVERY_MS = 1_000;
/** How long nothing may be heard before watching gives up. */
const PATIENCE_MS = 60_000;

/**
 * Follows an execution until the record says how it ended: events as they come, and the record itself once a second, so that a
 * missed event changes nothing. Ctrl-C ends the watching only.
 */
export async function watchExecution(
  session: Session,
  executionId: string,
  console: Console,
): Promise<ExitCode> {
  const stop = new AbortController();
  const detach = (): void => stop.abort();
  process.once('SIGINT', detach);
  try {
    const view = new ExecutionView(console);
    await listen(session, executionId, view, console);
    const execution = await untilFinished(session, executionId, view, stop.signal);
    view.end();
    if (execution === undefined) return notSeen(executionId, console, stop.signal.aborted);
    await showRest(session, execution, view);
    console.object(execution);
    for (const line of summaryLines(execution)) console.line(line);
    return exitCodeOf(execution);
  } finally {
    process.removeListener('SIGINT', detach);
  }
}

/** Events are a convenience: without them the record still tells how it ends. */
async function listen(
  session: Session,
  executionId: string,
  view: ExecutionView,
  console: Console,
): Promise<void> {
  try {
    await showEvents(session, executionId, view, (text) => console.note(text));
  } catch (error) {
    const why = messageOf(error);
    console.note(`no live events (${why}); asking the record once a second`);
  }
}

async function untilFinished(
  session: Session,
  executionId: string,
  view: ExecutionView,
  signal: AbortSignal,
): Promise<GetExecutionAnswered | undefined> {
  const query = checkMessage(GetExecution, { executionId });
  for (let heardAt = performance.now(); performance.now() - heardAt < PATIENCE_MS;) {
    try {
      const execution = await session.ask(GetExecution, query, GetExecutionAnswered);
      heardAt = performance.now();
      view.connection(undefined);
      if (execution.outcome !== undefined) return execution;
      view.counts(execution.counts);
    } catch (error) {
      if (!(error instanceof SignalboxError && error.retryable)) throw error;
      view.connection(error.message);
    }
    await withTimeout((until) => view.finished.wait(until), ASK_EVERY_MS, { signal }).catch(
      () => undefined,
    );
    if (signal.aborted) return undefined;
    view.finished.close();
  }
  return undefined;
}

/**
 * What did not succeed and was not shown yet (an event was missed, or it ended before the watching began): the first page of
 * each outcome, the rest is for `show`.
 */
async function showRest(
  session: Session,
  { executionId, counts }: GetExecutionAnswered,
  view: ExecutionView,
): Promise<void> {
  for (const state of ['failed', 'timed-out', 'cancelled', 'lost', 'skipped'] as const) {
    if (counts[state === 'timed-out' ? 'timedOut' : state] === 0) continue;
    const page = await firstTargetsOf(session, executionId, state);
    view.targets(page.filter(({ target }) => !view.knows(target)));
  }
}

function notSeen(executionId: string, console: Console, detached: boolean): ExitCode {
  console.object({ executionId, end: 'not seen' });
  console.note(
    detached
      ? 'detached; the execution goes on'
      : `nothing was heard for ${PATIENCE_MS / 1_000} s: is the broker up, and does status run?`,
  );
  console.note(`  watch again:  signalbox watch ${executionId}`);
  console.note(`  cancel it:    signalbox cancel ${executionId}`);
  return EXIT.endNotSeen;
}

function exitCodeOf({ outcome }: GetExecutionAnswered): ExitCode {
  if (outcome === 'succeeded') return EXIT.ok;
  return outcome === 'cancelled' ? EXIT.cancelled : EXIT.failed;
}
