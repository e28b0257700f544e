import { messageOf } from './errors.js';
import type { Outcome } from './outcome.js';
import type { SupervisedTask } from './supervised-task.js';

/** One task that was decided lately, for people. */
export interface RecentTask {
  readonly id: string;
  readonly name: string;
  readonly key: string | undefined;
  /** The names of the scopes and tasks that it belonged to, outermost first. */
  readonly scope: readonly string[];
  readonly status: Outcome['status'];
  readonly stuck: boolean;
  /** What the error or the reason says, for a task that did not succeed. */
  readonly message: string | undefined;
  /** Milliseconds since it was decided. */
  readonly decidedAgoMs: number;
  /** Milliseconds from its start to the decision; missing when it never started. */
  readonly ranMs: number | undefined;
}

type Entry = { -readonly [K in keyof Omit<RecentTask, 'decidedAgoMs'>]: RecentTask[K] } & {
  decidedAtMs: number;
};

/** Longer messages are cut: what is remembered has a bound. */
const MAX_MESSAGE_CHARS = 500;

/**
 * The tasks that were decided last, as many as fit: a new one takes the place of the oldest. Keeps
 * what is to be said of them, not the tasks and their values.
 */
export class RecentTasks {
  readonly #entries: Entry[] = [];
  readonly #limit: number;
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(task: SupervisedTask, outcome: Outcome, nowMs: number): void {
    if (this.#limit === 0) return;
    const { id, name, key, scope } = task;
    const { status, stuck } = outcome;
    const ranMs = task.runningMs(nowMs);
    const message = problemOf(outcome);
    // Written over, not replaced: this runs for every task, and must leave nothing to collect.
    const entry = this.#entries[this.#next];
    if (entry === undefined) {
      this.#entries.push({
        id,
        name,
        key,
        scope,
        status,
        stuck,
        message,
        ranMs,
        decidedAtMs: nowMs,
      });
    } else {
      entry.id = id;
      entry.name = name;
      entry.key = key;
      entry.scope = scope;
      entry.status = status;
      entry.stuck = stuck;
      entry.message = message;
      entry.ranMs = ranMs;
      entry.decidedAtMs = nowMs;
    }
    this.#next = (this.#next + 1) % this.#limit;
  }

  /** Newest first. */
  list(nowMs: number): RecentTask[] {
    const oldestFirst = [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
    return oldestFirst
      .reverse()
      .map(({ decidedAtMs, ...told }) => ({ ...told, decidedAgoMs: nowMs - decidedAtMs }));
  }
}

function problemOf(outcome: Outcome): string | undefined {
  if (outcome.status === 'succeeded') return undefined;
  const error = outcome.status === 'failed' ? outcome.error : outcome.reason;
  return messageOf(error).slice(0, MAX_MESSAGE_CHARS);
}
