import { randomUUID } from 'node:crypto';
import { incomingMessage, type BrokerChannel } from '#broker';
import {
  ExecutionChanged,
  ExecutionFinished,
  GetExecution,
  GetExecutionAnswered,
  SignalboxError,
  TargetsChanged,
  checkMessage,
  parseMessage,
  type TargetCounts,
  type TargetDetails,
} from '#contracts';
import { Deferred, withTimeout } from '#supervisor';
import type { Session } from '../broker/session.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Console } from '../output/console.js';
import { countsText, summaryLines } from '../output/counts.js';
import { ProgressBar } from '../output/progress-bar.js';
import { firstTargetsOf, targetLines } from '../output/targets.js';

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
    // Events are a convenience: without them the record still tells how it ends.
    await listen(session, executionId, view).catch(() => undefined);
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

/** What is shown while it runs: a bar and failures on a terminal, a line per outcome elsewhere, objects with `--json`. */
class ExecutionView {
  /** Resolves when an event says that it is over: the record need not be asked in vain. */
  readonly finished = new Deferred();
  private readonly bar: ProgressBar | undefined;
  private shown = '';
  private readonly told = new Set<string>();
  private trouble: string | undefined;

  constructor(private readonly console: Console) {
    this.bar = console.live ? new ProgressBar(console) : undefined;
  }

  counts(counts: TargetCounts): void {
    const text = countsText(counts);
    if (this.bar !== undefined) this.bar.update(counts);
    else if (text !== this.shown) this.console.line(text);
    this.shown = text;
  }

  targets(changes: readonly (TargetDetails & { readonly state: string })[]): void {
    for (const change of changes) {
      this.console.object(change);
      if (change.state === 'started' || change.state === 'retrying') continue;
      this.told.add(change.target);
      const lines = targetLines([change], this.console);
      if (this.bar === undefined) lines.forEach((line) => this.console.line(line));
      else if (change.state !== 'succeeded') lines.forEach((line) => this.bar?.above(line));
    }
  }

  /** Whether the outcome of a target was shown. */
  knows(target: string): boolean {
    return this.told.has(target);
  }

  /** The connection is away, or back. */
  connection(trouble: string | undefined): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.console.note(trouble === undefined ? 'heard again' : `${trouble}; trying again`);
  }

  end(): void {
    this.bar?.clear();
  }
}

async function listen(session: Session, executionId: string, view: ExecutionView): Promise<void> {
  const channel: BrokerChannel = await session.broker.openChannel('consume');
  const queue = `watch.${session.user}.${randomUUID()}`;
  await channel.raw.assertQueue(queue, { exclusive: true, autoDelete: true, durable: false });
  for (const type of ['targets.changed', 'execution.changed', 'execution.finished']) {
    await channel.raw.bindQueue(queue, 'signalbox.events', `${type}.${executionId}`);
  }
  await channel.consume(
    queue,
    (delivery) => {
      const { type, body } = incomingMessage(delivery);
      const event = parseMessage(type, body);
      if (event instanceof TargetsChanged) view.targets(event.changes);
      if (event instanceof ExecutionChanged || event instanceof ExecutionFinished) {
        view.counts(event.counts);
      }
      if (event instanceof ExecutionFinished) view.finished.resolve();
    },
    { noAck: true },
  );
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
    await withTimeout(view.finished.promise, ASK_EVERY_MS, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
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
