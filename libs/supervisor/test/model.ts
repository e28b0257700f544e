/**
 * The supervisor as the specification draws it, in the simplest code that can be read against the
 * drawing: one list of tasks, no heap, no promises. It says in which state every task must be.
 */

/** What a body does when it is aborted. */
export type Reaction = 'obeys' | 'returns' | 'ignores';

export interface Plan {
  /** Whether the spawn waits for room. */
  readonly waits: boolean;
  readonly reaction: Reaction;
  readonly key: string | undefined;
  readonly followsSignal: boolean;
  readonly queueMs: number | undefined;
  readonly runMs: number | undefined;
  /** What the supervisor's hook does when it hears the outcome. */
  readonly hook: 'nothing' | 'spawns' | 'tries' | 'closes';
}

/** What a hook spawns, or tries to: the least that can be. */
export const HOOK_PLAN: Plan = {
  waits: true,
  reaction: 'obeys',
  key: undefined,
  followsSignal: false,
  queueMs: undefined,
  runMs: undefined,
  hook: 'nothing',
};

/** How a hook closes. */
export const HOOK_CLOSE = { graceTimeoutMs: 15, closeTimeoutMs: 20 };

export interface Bounds {
  readonly limit: number;
  readonly pendingLimit: number;
  readonly closeTimeoutMs: number;
  readonly maxReplaced: number;
}

type State = 'waiting' | 'pending' | 'running' | 'closing' | 'stuck' | 'settled' | 'refused';
type Cause = 'cancel' | 'queue' | 'run';
type End = 'value' | 'error';

export interface ModelOutcome {
  readonly status: 'succeeded' | 'failed' | 'timed-out' | 'cancelled';
  readonly stuck: boolean;
  readonly raced: boolean;
}

interface Timer {
  readonly atMs: number;
  readonly sequence: number;
  readonly fire: () => void;
}

export class ModelTask {
  state: State = 'waiting';
  cause: Cause | undefined;
  timer: Timer | undefined;
  slot: 'none' | 'held' | 'replaced' = 'none';
  starts = 0;
  /**
   * Those who follow the signal hear of it in the order in which they began to wait, or entered.
   */
  linked = 0;
  outcome: ModelOutcome | undefined;
  /** The task that an idempotent spawn found instead. */
  duplicateOf: ModelTask | undefined;

  constructor(
    readonly plan: Plan,
    readonly spawnedAtMs: number,
  ) {}
}

export class Model {
  readonly tasks: ModelTask[] = [];
  occupied = 0;
  replaced = 0;
  pending: ModelTask[] = [];
  waiting: ModelTask[] = [];
  closed = false;
  signalAborted = false;
  #nowMs = 0;
  #sequence = 0;
  #filling = false;
  #closeTimer: Timer | undefined;
  #reactions: (() => void)[] = [];
  readonly #byKey = new Map<string, ModelTask>();
  readonly #earlyCancels = new Set<string>();

  constructor(readonly bounds: Bounds) {}

  spawn(plan: Plan): void {
    const task = new ModelTask(plan, this.#nowMs);
    this.tasks.push(task);
    if (this.closed) task.state = 'refused';
    else if (this.#takeIn(task, this.waiting.length > 0)) return;
    else if (plan.waits) this.#wait(task);
    else task.state = 'refused';
  }

  cancel(task: ModelTask): void {
    this.#abort(task, 'cancel');
    this.#react();
  }

  cancelKey(key: string): void {
    const task = this.#byKey.get(key);
    if (task === undefined) this.#earlyCancels.add(key);
    else this.cancel(task);
  }

  abortSignal(): void {
    this.signalAborted = true;
    const followers = this.tasks.filter(({ plan }) => plan.followsSignal);
    followers.sort((a, b) => a.linked - b.linked);
    for (const task of followers) this.#abort(task, 'cancel');
    this.#react();
  }

  settle(task: ModelTask, end: End): void {
    this.#bodySettled(task, end);
    this.#react();
  }

  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let due = this.#nextDue(endMs); due !== undefined; due = this.#nextDue(endMs)) {
      this.#nowMs = due.atMs;
      // All that falls due at one moment does so before any promise reaction runs.
      for (let same = this.#nextDue(due.atMs); same; same = this.#nextDue(due.atMs)) same.fire();
      this.#react();
    }
    this.#nowMs = endMs;
  }

  close(graceMs: number, closeMs: number): void {
    this.#close(graceMs, closeMs);
    this.#react();
  }

  #close(graceMs: number, closeMs: number): void {
    if (this.closed) return;
    this.closed = true;
    for (const task of this.waiting) {
      task.state = 'refused';
      task.timer = undefined;
    }
    this.waiting = [];
    const pending = this.pending;
    for (const task of pending) this.#abort(task, 'cancel');
    if (graceMs > 0) this.#closeTimer = this.#timer(graceMs, () => this.#graceOver(closeMs));
    else this.#cancelAll(closeMs);
  }

  #graceOver(closeMs: number): void {
    this.#closeTimer = undefined;
    // The continuation of `close()` runs after all that falls due at the same time.
    this.#reactions.push(() => this.#cancelAll(closeMs));
  }

  #cancelAll(closeMs: number): void {
    for (const task of this.tasks) this.#abort(task, 'cancel');
    this.#closeTimer = this.#timer(closeMs, () => {
      this.#closeTimer = undefined;
      this.#reactions.push(() => {
        for (const task of this.tasks) if (task.state === 'closing') this.#decide(task, undefined);
      });
    });
  }

  /** Returns whether the task needs no waiting: it found its place, its duplicate, or its end. */
  #takeIn(task: ModelTask, othersWait: boolean): boolean {
    const { key, followsSignal } = task.plan;
    task.duplicateOf = key === undefined ? undefined : this.#byKey.get(key);
    if (task.duplicateOf !== undefined) return true;
    const cancelled = key !== undefined && this.#earlyCancels.delete(key);
    if (cancelled || (followsSignal && this.signalAborted)) {
      this.#remember(task);
      task.state = 'pending';
      this.#abort(task, 'cancel');
      return true;
    }
    if (othersWait) return false;
    if (this.pending.length === 0 && this.occupied < this.bounds.limit) {
      this.#remember(task);
      this.#start(task);
      return true;
    }
    if (this.pending.length >= this.bounds.pendingLimit) return false;
    this.#remember(task);
    this.pending.push(task);
    task.state = 'pending';
    this.#watchQueue(task);
    return true;
  }

  #remember(task: ModelTask): void {
    task.linked = this.#sequence++;
    if (task.plan.key !== undefined) this.#byKey.set(task.plan.key, task);
  }

  #wait(task: ModelTask): void {
    task.state = 'waiting';
    task.linked = this.#sequence++;
    this.waiting.push(task);
    this.#watchQueue(task);
  }

  #watchQueue(task: ModelTask): void {
    const { queueMs } = task.plan;
    if (queueMs === undefined) return;
    const leftMs = task.spawnedAtMs + queueMs - this.#nowMs;
    task.timer = this.#timer(leftMs, () => this.#abort(task, 'queue'));
  }

  #start(task: ModelTask): void {
    const { runMs } = task.plan;
    this.occupied += 1;
    task.slot = 'held';
    task.starts += 1;
    task.state = 'running';
    task.timer =
      runMs === undefined ? undefined : this.#timer(runMs, () => this.#abort(task, 'run'));
  }

  #abort(task: ModelTask, cause: Cause): void {
    if (task.duplicateOf !== undefined || task.cause !== undefined) return;
    if (task.state === 'waiting' || task.state === 'pending') {
      task.cause = cause;
      this.#decide(task, undefined);
    } else if (task.state === 'running') {
      task.cause = cause;
      task.state = 'closing';
      task.timer = this.#timer(this.bounds.closeTimeoutMs, () => this.#decide(task, undefined));
      const { reaction } = task.plan;
      if (reaction === 'obeys') this.#reactions.push(() => this.#bodySettled(task, 'error'));
      if (reaction === 'returns') this.#reactions.push(() => this.#bodySettled(task, 'value'));
    }
  }

  #bodySettled(task: ModelTask, end: End): void {
    if (task.state === 'running' || task.state === 'closing') this.#decide(task, end);
    else if (task.state === 'stuck') {
      task.state = 'settled';
      if (task.slot === 'held') this.occupied -= 1;
      else this.replaced -= 1;
      task.slot = 'none';
      this.#fill();
    }
  }

  #decide(task: ModelTask, end: End | undefined): void {
    const stuck = task.starts > 0 && end === undefined;
    task.outcome = {
      status: statusOf(task, end),
      stuck,
      raced: end === 'value' && task.cause !== undefined,
    };
    task.state = stuck ? 'stuck' : 'settled';
    task.timer = undefined;
    this.pending = this.pending.filter((other) => other !== task);
    this.waiting = this.waiting.filter((other) => other !== task);
    if (stuck && this.replaced < this.bounds.maxReplaced) {
      this.occupied -= 1;
      this.replaced += 1;
      task.slot = 'replaced';
    } else if (!stuck && task.slot === 'held') {
      this.occupied -= 1;
      task.slot = 'none';
    }
    this.#hook(task.plan.hook);
    this.#fill();
  }

  #hook(does: Plan['hook']): void {
    if (does === 'spawns') this.spawn(HOOK_PLAN);
    if (does === 'tries') this.spawn({ ...HOOK_PLAN, waits: false });
    if (does === 'closes') this.#close(HOOK_CLOSE.graceTimeoutMs, HOOK_CLOSE.closeTimeoutMs);
  }

  #fill(): void {
    if (this.#filling) return;
    this.#filling = true;
    while (!this.closed && (this.#startNext() || this.#takeWaiting()));
    this.#filling = false;
  }

  #startNext(): boolean {
    if (this.occupied >= this.bounds.limit) return false;
    const task = this.pending.shift();
    if (task !== undefined) this.#start(task);
    return task !== undefined;
  }

  #takeWaiting(): boolean {
    const room =
      this.occupied < this.bounds.limit || this.pending.length < this.bounds.pendingLimit;
    const task = room ? this.waiting.shift() : undefined;
    if (task === undefined) return false;
    task.timer = undefined;
    this.#takeIn(task, false);
    return true;
  }

  #react(): void {
    for (let next = this.#reactions.shift(); next; next = this.#reactions.shift()) next();
  }

  #timer(ms: number, fire: () => void): Timer {
    return { atMs: this.#nowMs + ms, sequence: this.#sequence++, fire };
  }

  /** The earliest timer up to `endMs`; of several, the one that was set first. */
  #nextDue(endMs: number): Timer | undefined {
    return [this.#closeTimer, ...this.tasks.map(({ timer }) => timer)]
      .filter((timer): timer is Timer => timer !== undefined && timer.atMs <= endMs)
      .sort((a, b) => a.atMs - b.atMs || a.sequence - b.sequence)[0];
  }
}

function statusOf({ cause }: ModelTask, end: End | undefined): ModelOutcome['status'] {
  if (cause === 'queue' || cause === 'run') return 'timed-out';
  if (end === 'value') return 'succeeded';
  return cause === undefined ? 'failed' : 'cancelled';
}
