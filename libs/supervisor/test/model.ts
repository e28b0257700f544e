import { ModelAdmission } from './model-admission.js';
import {
  type End,
  HOOK_PLAN,
  type ModelCause,
  modelOutcome,
  ModelTask,
  type ModelTimer,
  type Plan,
} from './model-task.js';

/** How a hook closes. */
export const HOOK_CLOSE = { graceTimeoutMs: 15, closeTimeoutMs: 20 };

export interface Bounds {
  readonly limit: number;
  readonly pendingLimit: number;
  readonly closeTimeoutMs: number;
  readonly maxReplaced: number;
}

/**
 * The supervisor as the specification draws it, in the simplest code that can be read against the
 * drawing: one list of tasks, no heap, no promises. It says in which state every task must be.
 */
export class Model {
  readonly tasks: ModelTask[] = [];
  readonly root: ModelAdmission;
  closed = false;
  signalAborted = false;
  /** Stuck tasks whose slot somebody else may have. */
  replaced = 0;
  /** Stuck tasks that hold theirs. */
  #holders: ModelTask[] = [];
  #closeTimeoutMs: number;
  #nowMs = 0;
  #sequence = 0;
  #closeTimer: ModelTimer | undefined;
  #reactions: (() => void)[] = [];
  readonly #byKey = new Map<string, ModelTask>();
  readonly #earlyCancels = new Set<string>();

  constructor(readonly bounds: Bounds) {
    this.root = new ModelAdmission(bounds.limit, bounds.pendingLimit);
    this.#closeTimeoutMs = bounds.closeTimeoutMs;
  }

  spawn(plan: Plan): void {
    const parent = this.#parentOf(plan);
    const admission = parent === undefined ? this.root : this.#childAdmission(parent);
    const task = new ModelTask(plan, parent, admission, this.#nowMs);
    const isOver = parent !== undefined && (parent.cause !== undefined || parent.outcome);
    this.tasks.push(task);
    if (isOver || this.closed) task.state = 'refused';
    else if (this.#findOrCancel(task) || this.#admit(task)) return;
    else if (plan.waits || parent !== undefined) this.#wait(task);
    else task.state = 'refused';
  }

  /** The task whose child a plan is: an earlier one, if its body was started. */
  #parentOf({ parent: at }: Plan): ModelTask | undefined {
    const task = at === undefined ? undefined : this.tasks[at % Math.max(1, this.tasks.length)];
    return task !== undefined && task.starts > 0 ? task : undefined;
  }

  #childAdmission(parent: ModelTask): ModelAdmission {
    const { pendingLimit } = this.bounds;
    return (parent.childAdmission ??= new ModelAdmission(parent.plan.childLimit, pendingLimit));
  }

  cancel(task: ModelTask): void {
    this.#abort(task, 'cancel', {});
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
    for (const task of followers) this.#abort(task, 'cancel', this);
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
    this.#closeTimeoutMs = closeMs;
    for (const task of this.#entered('waiting')) this.#refuse(task);
    for (const task of this.#entered('pending')) this.#abort(task, 'cancel', this.root);
    if (graceMs > 0) this.#closeTimer = this.#timer(graceMs, () => this.#graceOver(closeMs));
    else this.#cancelAll(closeMs);
  }

  #graceOver(closeMs: number): void {
    this.#closeTimer = undefined;
    // The continuation of `close()` runs after all that falls due at the same time.
    this.#reactions.push(() => this.#cancelAll(closeMs));
  }

  #cancelAll(closeMs: number): void {
    for (const task of this.#entered('running', 'closing')) {
      this.#abort(task, 'cancel', this.root);
      this.#closeWithin(task, closeMs);
    }
  }

  #closeWithin(task: ModelTask, ms: number): void {
    const endsAtMs = task.timer?.atMs ?? -Infinity;
    if (task.state !== 'closing' || endsAtMs <= this.#nowMs + ms) return;
    task.timer = this.#timer(ms, () => this.#giveUp(task));
  }

  #entered(...states: ModelTask['state'][]): ModelTask[] {
    return this.tasks
      .filter((task) => states.includes(task.state) && task.duplicateOf === undefined)
      .sort((a, b) => a.linked - b.linked);
  }

  #refuse(task: ModelTask): void {
    task.state = 'refused';
    task.timer = undefined;
    task.admission.leave(task);
    this.#leaveParent(task);
  }

  /** No child came of it after all. */
  #leaveParent(task: ModelTask): void {
    const { parent } = task;
    if (parent === undefined) return;
    parent.children = parent.children.filter((child) => child !== task);
    this.#progress(parent);
  }

  /** Whether the task needs no place: it is a duplicate, or was cancelled before it came. */
  #findOrCancel(task: ModelTask): boolean {
    const { key, followsSignal } = task.plan;
    task.duplicateOf = key === undefined ? undefined : this.#byKey.get(key);
    if (task.duplicateOf !== undefined) return true;
    const cancelled = key !== undefined && this.#earlyCancels.delete(key);
    if (!cancelled && !(followsSignal && this.signalAborted)) return false;
    this.#enter(task);
    task.state = 'pending';
    this.#abort(task, 'cancel', cancelled ? {} : this);
    return true;
  }

  #admit(task: ModelTask): boolean {
    const { admission } = task;
    if (admission.line.length === 0 && admission.occupied < admission.limit) {
      this.#enter(task);
      this.#start(task);
      return true;
    }
    if (admission.waiting.length > 0) return false;
    if (admission.pending.length >= admission.pendingLimit) return false;
    this.#enter(task);
    admission.push(task);
    task.state = 'pending';
    this.#watchQueue(task);
    return true;
  }

  #enter(task: ModelTask): void {
    task.linked = this.#sequence++;
    if (task.plan.key !== undefined) this.#byKey.set(task.plan.key, task);
    if (task.parent?.children.includes(task) === false) task.parent.children.push(task);
  }

  #wait(task: ModelTask): void {
    task.state = 'waiting';
    task.linked = this.#sequence++;
    task.admission.push(task);
    task.parent?.children.push(task);
    this.#watchQueue(task);
  }

  #watchQueue(task: ModelTask): void {
    const { queueMs } = task.plan;
    if (queueMs === undefined) return;
    const leftMs = task.spawnedAtMs + queueMs - this.#nowMs;
    task.timer = this.#timer(leftMs, () => this.#abort(task, 'queue', {}));
  }

  #start(task: ModelTask): void {
    const { runMs } = task.plan;
    task.admission.occupied += 1;
    task.slot = 'held';
    if (task.parent?.cause !== undefined) {
      task.state = 'pending';
      return this.#abort(task, causeForChild(task.parent.cause), task.parent.reason);
    }
    task.starts += 1;
    task.state = 'running';
    task.timer =
      runMs === undefined ? undefined : this.#timer(runMs, () => this.#abort(task, 'run', {}));
  }

  #abort(task: ModelTask, cause: ModelCause, reason: unknown): void {
    if (task.duplicateOf !== undefined || task.cause !== undefined) return;
    if (!['waiting', 'pending', 'running'].includes(task.state)) return;
    task.cause = cause;
    task.reason = reason;
    if (task.state !== 'running') return this.#decide(task, undefined);
    task.state = 'closing';
    task.timer = this.#timer(this.#closeTimeoutMs, () => this.#giveUp(task));
    this.#abortChildren(task, cause, reason);
    const { reaction } = task.plan;
    if (reaction === 'obeys') this.#reactions.push(() => this.#bodySettled(task, 'error'));
    if (reaction === 'returns') this.#reactions.push(() => this.#bodySettled(task, 'value'));
  }

  #abortChildren(parent: ModelTask, cause: ModelCause, reason: unknown): void {
    const started = parent.children.filter(({ starts }) => starts > 0);
    for (const child of parent.children) {
      if (child.state === 'waiting') this.#refuse(child);
      else if (child.state === 'pending') this.#abort(child, causeForChild(cause), reason);
    }
    for (const child of started) this.#abort(child, causeForChild(cause), reason);
  }

  #giveUp(task: ModelTask): void {
    for (const child of task.children) this.#giveUp(child);
    if (task.outcome === undefined) this.#decide(task, task.end);
  }

  #bodySettled(task: ModelTask, end: End): void {
    if (task.end !== undefined) return;
    task.end = end;
    if (end === 'error') this.#failFast(task);
    this.#progress(task);
  }

  #failFast(task: ModelTask): void {
    if (task.plan.onFailure !== 'fail-fast' || task.childAdmission === undefined) return;
    if (task.end !== undefined && task.childrenDecided) return;
    this.#abort(task, 'failed', {});
  }

  #progress(task: ModelTask): void {
    if (task.end === undefined) return;
    if (task.outcome === undefined) {
      if (task.childrenDecided) this.#decide(task, task.end);
    } else if (task.state === 'stuck' && task.childrenSettled) {
      task.state = 'settled';
      if (task.slot === 'replaced') this.#passOn();
      else this.#releaseHeld(task);
      task.slot = 'none';
      if (task.parent !== undefined) this.#progress(task.parent);
      this.#fill(task.admission);
    }
  }

  #decide(task: ModelTask, end: End | undefined): void {
    const { admission } = task;
    const finished = end !== undefined && task.childrenSettled;
    const stuck = task.starts > 0 && !finished;
    task.outcome = modelOutcome(task, stuck);
    task.state = stuck ? 'stuck' : 'settled';
    task.timer = undefined;
    admission.leave(task);
    if (stuck && this.replaced < this.bounds.maxReplaced) {
      this.replaced += 1;
      this.#replace(task);
    } else if (stuck) {
      this.#holders.push(task);
    } else if (task.slot === 'held') {
      admission.occupied -= 1;
      task.slot = 'none';
    }
    this.#hook(task.plan.hook);
    if (task.parent !== undefined) this.#childDecided(task.parent, task);
    this.#fill(admission);
  }

  #replace(task: ModelTask): void {
    task.admission.occupied -= 1;
    task.slot = 'replaced';
  }

  /** A replaced task settled: the next that holds its slot is replaced instead. */
  #passOn(): void {
    const holder = this.#holders.shift();
    if (holder === undefined) this.replaced -= 1;
    else {
      this.#replace(holder);
      this.#fill(holder.admission);
    }
  }

  #releaseHeld(task: ModelTask): void {
    this.#holders = this.#holders.filter((other) => other !== task);
    task.admission.occupied -= 1;
  }

  #childDecided(parent: ModelTask, child: ModelTask): void {
    const status = child.outcome?.status;
    child.isKnown = true;
    // One that was never aborted itself was cut off with a child of its own, by the close.
    const reason = child.cause === undefined ? this.root : child.reason;
    const isFromAbove = reason === parent.reason || reason === this.root;
    const wasCutOff = status === 'cancelled' || status === 'timed-out';
    if (wasCutOff && isFromAbove) parent.cutOff = true;
    if (status === 'failed' || (status === 'timed-out' && child.cause !== 'scope')) {
      parent.failures += 1;
      this.#failFast(parent);
    }
    this.#progress(parent);
  }

  #hook(does: Plan['hook']): void {
    if (does === 'spawns') this.spawn(HOOK_PLAN);
    if (does === 'tries') this.spawn({ ...HOOK_PLAN, waits: false });
    if (does === 'closes') this.#close(HOOK_CLOSE.graceTimeoutMs, HOOK_CLOSE.closeTimeoutMs);
  }

  #fill(admission: ModelAdmission): void {
    if (admission.filling) return;
    admission.filling = true;
    while (!this.closed && (this.#startNext(admission) || this.#promoteNext(admission)));
    admission.filling = false;
  }

  #startNext(admission: ModelAdmission): boolean {
    if (admission.occupied >= admission.limit) return false;
    const task = admission.next();
    if (task === undefined) return false;
    if (task.state === 'pending' || this.#takeIn(task)) this.#start(task);
    return true;
  }

  #promoteNext(admission: ModelAdmission): boolean {
    if (admission.pending.length >= admission.pendingLimit) return false;
    const [task] = admission.waiting;
    if (task === undefined) return false;
    if (this.#takeIn(task)) {
      task.state = 'pending';
      this.#watchQueue(task);
    } else {
      admission.leave(task);
    }
    return true;
  }

  /** A spawn that waited gets room. Returns whether its task still wants it. */
  #takeIn(task: ModelTask): boolean {
    task.timer = undefined;
    if (!this.#findOrCancel(task)) {
      this.#enter(task);
      return true;
    }
    if (task.duplicateOf !== undefined) this.#leaveParent(task);
    return false;
  }

  #react(): void {
    for (let next = this.#reactions.shift(); next; next = this.#reactions.shift()) next();
  }

  #timer(ms: number, fire: () => void): ModelTimer {
    return { atMs: this.#nowMs + ms, sequence: this.#sequence++, fire };
  }

  /** The earliest timer up to `endMs`; of several, the one that was set first. */
  #nextDue(endMs: number): ModelTimer | undefined {
    return [this.#closeTimer, ...this.tasks.map(({ timer }) => timer)]
      .filter((timer): timer is ModelTimer => timer !== undefined && timer.atMs <= endMs)
      .sort((a, b) => a.atMs - b.atMs || a.sequence - b.sequence)[0];
  }
}

function causeForChild(cause: ModelCause): ModelCause {
  return cause === 'queue' || cause === 'run' || cause === 'scope' ? 'scope' : 'cancel';
}
