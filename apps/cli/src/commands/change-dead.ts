import type { DeadQueueName } from '#contracts';
import type { Session } from '../broker/session.js';
import { changeLetters, type FoundLetter } from '../dead/change-letters.js';
import type { Letter } from '../dead/letter.js';
import { groupLines } from '../dead/letter-lines.js';
import { coverageNotes, lookThrough } from '../dead/look-through.js';
import type { ChangeListener } from '../dead/replay-letters.js';
import { isSelected, type Selection } from '../dead/selection.js';
import { Summary } from '../dead/summary.js';
import { EXIT } from '../exit-codes.js';
import { confirm } from '../output/confirm.js';
import type { Console } from '../output/console.js';
import { counted } from '../output/counts.js';
import { printable } from '../output/printable.js';
import { ProgressLine } from '../output/progress-line.js';
import type { Cli } from './cli.js';
import { InterruptedByUserError, interruptible } from './interruptible.js';

/** Something that takes letters out of their queues. */
export interface DeadChange {
  readonly verb: 'replay' | 'discard';
  readonly done: 'replayed' | 'discarded';
  /** Why it cannot be done with a letter; undefined when it can. */
  readonly impossible: (letter: Letter) => string | undefined;
  /** Begins; what it returns does it with some letters at a time. */
  readonly begin: (
    session: Session,
    listener: ChangeListener,
  ) => (
    letters: readonly FoundLetter[],
    remove: (letter: FoundLetter) => void,
    signal: AbortSignal,
  ) => Promise<void>;
}

/** Failures that are shown one by one. */
const FAILURES_SHOWN = 10;

/** Counts the letters that are meant, asks, and does it. What is left over, and why, is said. */
export function changeDead(
  cli: Cli,
  selection: Selection,
  { look, yes }: { readonly look: number; readonly yes: boolean },
  change: DeadChange,
): Promise<void> {
  return interruptible(async (signal) => {
    await using session = await cli.session(signal);
    const console = cli.console();
    const diedBefore = Date.now();
    const counts = await countLetters(session, selection, { look, signal }, change, console);
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    if (total === 0) {
      console.note(`no dead letter to ${change.verb}; see what there is: signalbox dead list`);
      // An id, unlike a filter, says that there is one.
      return cli.done(selection.ids.length > 0 ? EXIT.failed : EXIT.ok);
    }
    const question = `${change.verb} ${counted(total, 'letter')}?`;
    if (!yes && !(await confirm(question, console, signal))) {
      return console.note('nothing was changed');
    }
    const progress = new ChangeProgress(change, total, console);
    const begun = change.begin(session, progress);
    try {
      const isMeant = (letter: Letter): boolean =>
        isSelected(letter, selection) && change.impossible(letter) === undefined;
      const options = { isMeant, counts, diedBefore, limit: look, signal };
      await changeLetters(session.broker, options, (letters, remove) =>
        begun(letters, remove, signal),
      );
    } catch (error) {
      progress.end();
      if (!(error instanceof InterruptedByUserError)) throw error;
      console.note('interrupted; the rest is where it was');
      return cli.done(EXIT.failed);
    }
    progress.end();
    if (progress.left > 0) cli.done(EXIT.failed);
  });
}

/** How many letters of each queue are meant and possible; shows what they are. */
async function countLetters(
  { broker }: Session,
  selection: Selection,
  { look, signal }: { readonly look: number; readonly signal: AbortSignal },
  { verb, impossible }: DeadChange,
  console: Console,
): Promise<ReadonlyMap<DeadQueueName, number>> {
  const counts = new Map<DeadQueueName, number>();
  const reasons = new Map<string, number>();
  const summary = new Summary();
  const coverage = await lookThrough(broker, selection, { limit: look, signal }, (letter) => {
    const reason = impossible(letter);
    if (reason !== undefined) return reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    summary.add(letter);
    return counts.set(letter.queue, (counts.get(letter.queue) ?? 0) + 1);
  });
  if (counts.size > 0) {
    for (const line of groupLines(summary.groups, { width: console.width })) console.line(line);
  }
  for (const note of coverageNotes(coverage, look)) console.note(note);
  for (const [reason, count] of reasons) {
    console.note(`${counted(count, 'letter')} not to ${verb}: ${printable(reason)}`);
  }
  return counts;
}

/** Says what became of the letters, as it happens and at the end. */
class ChangeProgress implements ChangeListener {
  private doneCount = 0;
  private failedCount = 0;
  private readonly full = new Set<string>();
  private readonly line: ProgressLine;

  constructor(
    private readonly change: DeadChange,
    private readonly total: number,
    private readonly console: Console,
  ) {
    this.line = new ProgressLine(console, change.done, total);
  }

  /** Letters that were meant and are still there, or were taken by somebody else. */
  get left(): number {
    return this.total - this.doneCount;
  }

  done({ letter: { id, queue } }: FoundLetter): void {
    this.doneCount += 1;
    this.console.object({ id, queue, state: this.change.done });
    this.line.update(this.doneCount);
  }

  failed({ letter: { id, queue } }: FoundLetter, error: Error): void {
    this.failedCount += 1;
    this.console.object({ id, queue, state: 'failed', error: error.message });
    if (this.failedCount > FAILURES_SHOWN) return;
    this.line.clear();
    this.console.note(`${printable(id)} stays in ${queue}: ${printable(error.message)}`);
  }

  refused({ letter: { from } }: FoundLetter): void {
    if (this.full.has(from)) return;
    this.full.add(from);
    this.line.clear();
    this.console.note(`${from} is full: waiting until it takes more; Ctrl-C leaves the rest`);
  }

  end(): void {
    const { doneCount, failedCount, left } = this;
    this.line.clear();
    this.console.object({ [this.change.done]: doneCount, failed: failedCount, left });
    const rest = left > 0 ? `, ${left} left` : '';
    this.console.line(`${counted(doneCount, 'letter')} ${this.change.done}${rest}`);
  }
}
