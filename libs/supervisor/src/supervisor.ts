import { Admission, type AdmissionLimits } from './admission.js';
import { Children } from './children.js';
import { type CloseOptions, endTasks } from './close.js';
import { Deferred } from './deferred.js';
import { type Refusal, SpawnRefusedError, SupervisorClosedError } from './errors.js';
import type { CloseReport, Inspection } from './inspection.js';
import { type KeyCancelResult, Keys } from './keys.js';
import { warnLateError } from './late-errors.js';
import type { Outcome } from './outcome.js';
import type { OverdueKind } from './overdue-watch.js';
import { RecentTasks } from './recent-tasks.js';
import { checkOpen, rejectIn } from './refusal.js';
import { SignalLinks } from './signal-links.js';
import { StuckBudget } from './stuck-budget.js';
import { SupervisedTask } from './supervised-task.js';
import type { TaskHome, TaskOwner } from './task-owner.js';
import {
  checkScopeOptions,
  checkSpawnOptions,
  childLimits,
  closeTimes,
  type Settings,
  settingsOf,
  type SupervisorOptions,
} from './options.js';
import type { Body, ScopeOptions, SpawnOptions, Task } from './task.js';
import { TimerHeap } from './timer-heap.js';
import { WaitingSpawn, type WaitingSpawnOwner } from './waiting-spawn.js';

const NO_OPTIONS: SpawnOptions = Object.freeze({});

/**
 * Runs async functions within bounds: so many at once, so many waiting, each with its deadlines,
 * each with exactly one outcome, and all of them gone, or named, when it is closed.
 */
export class Supervisor implements AsyncDisposable {
  readonly name: string;
  readonly #settings: Settings;
  readonly #timers: TimerHeap;
  readonly #admission: Admission;
  readonly #keys: Keys<SupervisedTask>;
  readonly #recent: RecentTasks;
  readonly #links = new SignalLinks();
  /** Every spawn that waits for room, those of children included. */
  readonly #waiting = new Set<WaitingSpawn>();
  /** Every task that entered and has not settled. */
  readonly #live = new Set<SupervisedTask>();
  /** Where the tasks belong that have no parent. */
  readonly #home: TaskHome;
  readonly #owner: TaskOwner;
  readonly #budget: StuckBudget;
  readonly #waitingSpawnOwner: WaitingSpawnOwner;
  #sequence = 0;
  #closing: Deferred<CloseReport> | undefined;

  /** Throws a RangeError when a limit or a time makes no sense. */
  constructor(options: SupervisorOptions) {
    const settings = settingsOf(options);
    this.name = settings.name;
    this.#settings = settings;
    this.#timers = new TimerHeap(settings.clock);
    this.#budget = new StuckBudget(settings.onStuck, settings.maxStuck);
    this.#admission = this.#newAdmission(settings);
    this.#home = { parent: undefined, admission: this.#admission, path: [] };
    this.#keys = new Keys(settings.keyMemory);
    this.#recent = new RecentTasks(settings.recentLimit);
    this.#owner = this.#taskOwner();
    this.#waitingSpawnOwner = {
      enter: (task) => this.#takeIn(task),
      waitEnded: (spawn) => this.#waitEnded(spawn),
    };
  }

  /**
   * Runs `body` as a task, as soon as a slot is free. Resolves with the task once it started, was
   * given a place among the pending, or was decided without starting; it does not wait for its end.
   * When there is no room it waits for it, first come, first served; abort `options.signal` to give
   * that up (the task is then `cancelled`, not started). With a free slot the body starts before
   * `spawn` returns. With a `key` that is known it resolves with the task of that key, and `body`
   * never runs. Rejects with a SpawnRefusedError when the supervisor is closed, before or while it
   * waits, and with a RangeError for a deadline that is not a number.
   */
  spawn<T>(name: string, body: Body<T>, options: SpawnOptions = NO_OPTIONS): Promise<Task<T>> {
    return this.#spawn(name, body, options, undefined);
  }

  /**
   * Like `spawn`, but never waits: returns the task (running, pending or decided), or why it was
   * refused. `full` also when spawns wait for room: nobody overtakes them. Throws a RangeError for a
   * deadline that is not a number.
   */
  trySpawn<T>(name: string, body: Body<T>, options: SpawnOptions = NO_OPTIONS): Task<T> | Refusal {
    return this.#admit(this.#draft(name, body, options, this.#home)) as Task<T> | Refusal;
  }

  /**
   * Runs `body` with a context that can spawn, and returns what it returned after every task that
   * was spawned in it is decided. Its tasks take the supervisor's slots, or its own with a `limit`;
   * `body` itself takes none. When a task in it fails, the scope does: with `fail-fast` at once,
   * aborting `body` and the others; with `collect` after all of them. Rejects with the error of the
   * task that failed, or of `body`; with an AggregateError that names the tasks when there are
   * several; with the reason when it was cancelled, or its deadline passed; with a
   * SpawnRefusedError when the supervisor is closed. Inside a task of this supervisor use
   * `context.scope`, whose tasks wait for no slot that the task itself may hold.
   */
  scope<T>(options: ScopeOptions, body: Body<T>): Promise<T> {
    return this.#scope(options, body, undefined);
  }

  /**
   * Cancels the task of `key`. If none is known, the cancel is remembered, and the next task of
   * that key is decided `cancelled` without starting. The memory is bounded by `keyMemory`. A spawn
   * of that key that waits for room counts as not known yet.
   */
  cancel(key: string, reason: string | Error): KeyCancelResult {
    return this.#keys.cancel(key, reason);
  }

  /** What is going on, in time proportional to the live tasks. Works after `close()` too. */
  inspect(): Inspection {
    const nowMs = this.#timers.now();
    const tasks = Array.from(this.#live, (task) => task.info(nowMs));
    return {
      name: this.name,
      closed: this.#closing !== undefined,
      limit: this.#settings.limit,
      occupied: this.#admission.occupied,
      pending: this.#admission.pending,
      waiting: this.#admission.waiting,
      stuck: tasks.filter(({ state }) => state === 'stuck').length,
      overdue: tasks.filter(({ overdue }) => overdue !== undefined).length,
      tasks,
      recent: this.#recent.list(nowMs),
    };
  }

  /**
   * Why the supervisor cannot do its work because of bodies that do not stop, or `undefined` when
   * it can.
   */
  health(): string | undefined {
    return this.#admission.trouble;
  }

  /**
   * Takes no more work, and ends what it has: from the first instruction on no body starts; pending
   * tasks are cancelled and waiting spawns refused at once; running tasks get the grace, then the
   * abort (a SupervisorClosedError), then the closing time, and are given up after that. Resolves
   * within the sum of both times, with what became of the tasks. Never rejects. Called again, it
   * returns the same promise and ignores the options. Throws a RangeError for a time that is not a
   * number. A body that awaits it waits for itself: it is aborted after the grace.
   */
  close(options: Partial<CloseOptions> = {}): Promise<CloseReport> {
    if (this.#closing === undefined) {
      const times = closeTimes(options, this.#settings);
      this.#closing = new Deferred();
      this.#closing.resolve(this.#close(times));
    }
    return this.#closing.promise;
  }

  /** `close()` for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #taskOwner(): TaskOwner {
    const { closeTimeoutMs, overdue } = this.#settings;
    return {
      clock: this.#timers,
      closeTimeoutMs,
      closeReason: new SupervisorClosedError(this.name),
      overdue,
      links: this.#links,
      childrenOf: (task) => this.#childrenOf(task),
      spawn: (name, body, options = NO_OPTIONS, parent) => this.#spawn(name, body, options, parent),
      scope: (options, body, parent) => this.#scope(options, body, parent),
      taskDecided: (task, outcome) => this.#taskDecided(task, outcome),
      taskSettledLate: (task) => this.#taskSettledLate(task),
      taskOverdue: (task, kind) => this.#taskOverdue(task, kind),
      lateError: (error, task) => this.#report(error, task),
    };
  }

  #spawn<T>(
    name: string,
    body: Body<T>,
    options: SpawnOptions,
    parent: SupervisedTask | undefined,
  ): Promise<Task<T>> {
    try {
      if (parent !== undefined) checkOpen(parent);
      const home = parent === undefined ? this.#home : parent.children.home;
      const task = this.#draft(name, body, options, home);
      const admitted = this.#admit(task);
      if (admitted === 'closed') throw new SpawnRefusedError(this.name, name, admitted);
      const spawned = admitted === 'full' ? this.#waitForRoom(task) : Promise.resolve(admitted);
      return spawned as Promise<Task<T>>;
    } catch (error) {
      return rejected(error, parent);
    }
  }

  #scope<T>(options: ScopeOptions, body: Body<T>, parent?: SupervisedTask): Promise<T> {
    try {
      if (parent !== undefined) checkOpen(parent);
      checkScopeOptions(options);
      const { name, id, signal, deadlineMs, ...children } = options;
      const path = parent === undefined ? [] : parent.children.home.path;
      const home = { parent, admission: undefined, path };
      const task = this.#draft(
        name,
        body,
        { id, signal, runDeadlineMs: deadlineMs, children },
        home,
      );
      const admitted = this.#admit(task);
      if (typeof admitted === 'string') throw new SpawnRefusedError(this.name, name, admitted);
      return resultOf(task) as Promise<T>;
    } catch (error) {
      return rejected(error, parent);
    }
  }

  #draft<T>(name: string, body: Body<T>, options: SpawnOptions, home: TaskHome): SupervisedTask {
    checkSpawnOptions(options);
    // A copy: the caller may use the object again, for something else.
    const own = options === NO_OPTIONS ? options : { ...options };
    return new SupervisedTask(this.#owner, ++this.#sequence, name, body, own, home);
  }

  /** The one synchronous transition of every spawn (rule A2 of the README). A refused task has left no trace. */
  #admit(task: SupervisedTask): SupervisedTask | Refusal {
    if (this.#closing !== undefined) return 'closed';
    const known = this.#findOrCancel(task);
    if (known !== undefined) return known;
    const place = task.home.admission?.admit(task) ?? 'start';
    if (place === 'full') return 'full';
    this.#enter(task);
    if (place === 'start') task.start(task.spawnedAtMs);
    else task.queue();
    return task;
  }

  /** A spawn that waited gets its room. */
  #takeIn(task: SupervisedTask): SupervisedTask {
    const known = this.#findOrCancel(task);
    if (known === undefined) this.#enter(task);
    return known ?? task;
  }

  /** The task that `task` need not compete with: the one of its key, or itself, cancelled already. */
  #findOrCancel(task: SupervisedTask): SupervisedTask | undefined {
    const { key, signal } = task.options;
    const known = key === undefined ? undefined : this.#keys.find(key);
    if (known !== undefined) return known;
    const reason = key === undefined ? undefined : this.#keys.takeEarlyCancel(key);
    if (reason === undefined && !signal?.aborted) return undefined;
    this.#enter(task);
    if (reason !== undefined) task.cancel(reason);
    if (signal?.aborted) task.cancel(signal.reason);
    return task;
  }

  #enter(task: SupervisedTask): void {
    this.#live.add(task);
    if (task.key !== undefined) this.#keys.add(task.key, task);
    task.enter();
  }

  #waitForRoom(task: SupervisedTask): Promise<Task> {
    const spawn = new WaitingSpawn(task, this.#waitingSpawnOwner);
    this.#waiting.add(spawn);
    task.home.admission?.wait(spawn);
    task.home.parent?.children.add(task);
    task.beginWaiting();
    return spawn.result.promise;
  }

  #waitEnded(spawn: WaitingSpawn): void {
    this.#waiting.delete(spawn);
    spawn.task.home.admission?.waitEnded(spawn);
    spawn.task.endWaiting();
  }

  #newAdmission(limits: AdmissionLimits): Admission {
    return new Admission(limits, this.#budget, () => this.#closing !== undefined);
  }

  #childrenOf(task: SupervisedTask): Children {
    const { children: options = {} } = task.options;
    const shared = task.isScope && options.limit === undefined;
    const admission = shared
      ? (task.home.parent?.children.home.admission ?? this.#admission)
      : this.#newAdmission(childLimits(options, this.#settings));
    const home = { parent: task, admission, path: [...task.scope, task.name] };
    return new Children(home, options.onFailure ?? 'fail-fast');
  }

  #taskDecided(task: SupervisedTask, outcome: Outcome): void {
    const { admission, parent } = task.home;
    task.waitingSpawn?.decided();
    admission?.decided(task);
    if (task.key !== undefined) this.#keys.decided(task.key, task);
    if (task.state === 'settled') this.#live.delete(task);
    this.#publish(outcome, task);
    const nowMs = this.#timers.now();
    this.#recent.add(task, outcome, nowMs);
    if (parent === undefined) return admission?.fill(nowMs);
    // Before anybody gets its slot: a failure may be the end of those beside it.
    parent.children.decided(task, outcome);
    admission?.fill();
  }

  #taskSettledLate(task: SupervisedTask): void {
    const { admission, parent } = task.home;
    admission?.settledLate(task);
    this.#live.delete(task);
    parent?.children.settledLate(task);
    admission?.fill();
  }

  #taskOverdue(task: SupervisedTask, kind: OverdueKind): void {
    try {
      this.#settings.onOverdue?.(kind, task.info(this.#timers.now()));
    } catch (error) {
      this.#report(error, task);
    }
  }

  #publish(outcome: Outcome, task: SupervisedTask): void {
    try {
      this.#settings.onOutcome?.(outcome, task);
    } catch (error) {
      this.#report(error, task);
    }
  }

  #report(error: unknown, task: SupervisedTask): void {
    try {
      this.#settings.onLateError(error, task);
    } catch (failure) {
      warnLateError(error);
      warnLateError(failure);
    }
  }

  async #close(options: CloseOptions): Promise<CloseReport> {
    for (const spawn of this.#waiting) {
      spawn.refuse(new SpawnRefusedError(this.name, spawn.task.name, 'closed'));
    }
    this.#owner.closeTimeoutMs = options.closeTimeoutMs;
    return endTasks([...this.#live], this.#owner.closeReason, options, this.#timers);
  }
}

function rejected(error: unknown, parent: SupervisedTask | undefined): Promise<never> {
  const refused = new Deferred<never>();
  rejectIn(parent, refused, error);
  return refused.promise;
}

/** What a scope gives to whoever opened it. */
function resultOf(scope: SupervisedTask): Promise<unknown> {
  const result = new Deferred<unknown>();
  void scope.outcome.then((outcome) => {
    if (outcome.status === 'succeeded') return result.resolve(outcome.value);
    const error = outcome.status === 'failed' ? outcome.error : outcome.reason;
    return rejectIn(scope.home.parent, result, error);
  });
  return result.promise;
}
