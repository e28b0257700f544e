import { Admission } from './admission.js';
import { type CloseOptions, endTasks } from './close.js';
import { Deferred } from './deferred.js';
import { type Refusal, SpawnRefusedError, SupervisorClosedError } from './errors.js';
import type { CloseReport, Inspection } from './inspection.js';
import { type KeyCancelResult, Keys } from './keys.js';
import { warnLateError } from './late-errors.js';
import { Line } from './line.js';
import type { Outcome } from './outcome.js';
import { SignalLinks } from './signal-links.js';
import { SupervisedTask, type TaskOwner } from './supervised-task.js';
import {
  checkSpawnOptions,
  closeTimes,
  type Settings,
  settingsOf,
  type SupervisorOptions,
} from './options.js';
import type { Body, SpawnOptions, Task } from './task.js';
import { TimerHeap } from './timer-heap.js';
import { WaitingSpawn } from './waiting-spawn.js';

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
  readonly #waiting = new Line<WaitingSpawn>();
  readonly #links = new SignalLinks();
  /** Every task that entered and has not settled. */
  readonly #live = new Set<SupervisedTask>();
  readonly #owner: TaskOwner;
  #sequence = 0;
  #filling = false;
  #closing: Deferred<CloseReport> | undefined;

  /** Throws a RangeError when a limit or a time makes no sense. */
  constructor(options: SupervisorOptions) {
    const settings = settingsOf(options);
    this.name = settings.name;
    this.#settings = settings;
    this.#timers = new TimerHeap(settings.clock);
    this.#admission = new Admission(settings);
    this.#keys = new Keys(settings.keyMemory);
    this.#owner = {
      clock: this.#timers,
      closeTimeoutMs: settings.closeTimeoutMs,
      links: this.#links,
      taskDecided: (task, outcome) => this.#taskDecided(task, outcome),
      taskSettledLate: (task) => this.#taskSettledLate(task),
      lateError: (error, task) => this.#report(error, task),
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
  async spawn<T>(
    name: string,
    body: Body<T>,
    options: SpawnOptions = NO_OPTIONS,
  ): Promise<Task<T>> {
    const task = this.#draft(name, body, options);
    const admitted = this.#admit(task, this.#waiting.size > 0);
    if (admitted === 'closed') throw new SpawnRefusedError(this.name, name, admitted);
    return (admitted === 'full' ? this.#waitForRoom(task) : admitted) as Promise<Task<T>> | Task<T>;
  }

  /**
   * Like `spawn`, but never waits: returns the task (running, pending or decided), or why it was
   * refused. `full` also when spawns wait for room: nobody overtakes them. Throws a RangeError for a
   * deadline that is not a number.
   */
  trySpawn<T>(name: string, body: Body<T>, options: SpawnOptions = NO_OPTIONS): Task<T> | Refusal {
    return this.#admit(this.#draft(name, body, options), this.#waiting.size > 0) as
      Task<T> | Refusal;
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
      waiting: this.#waiting.size,
      stuck: tasks.filter(({ state }) => state === 'stuck').length,
      tasks,
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

  #draft<T>(name: string, body: Body<T>, options: SpawnOptions): SupervisedTask {
    checkSpawnOptions(options);
    return new SupervisedTask(this.#owner, ++this.#sequence, name, body, options);
  }

  /** The one synchronous transition of every spawn (rule A2 of the README). A refused task has left no trace. */
  #admit(task: SupervisedTask, othersWait: boolean): SupervisedTask | Refusal {
    if (this.#closing !== undefined) return 'closed';
    const known = task.key === undefined ? undefined : this.#keys.find(task.key);
    if (known !== undefined) return known;
    if (this.#isCancelledAlready(task)) return task;
    const place = othersWait ? 'full' : this.#admission.admit(task);
    if (place === 'full') return 'full';
    this.#enter(task);
    if (place === 'start') task.start();
    else task.queue();
    return task;
  }

  #isCancelledAlready(task: SupervisedTask): boolean {
    const { key, signal } = task.options;
    const reason = key === undefined ? undefined : this.#keys.takeEarlyCancel(key);
    if (reason === undefined && !signal?.aborted) return false;
    this.#enter(task);
    if (reason !== undefined) task.cancel(reason);
    if (signal?.aborted) task.signalAborted(signal.reason);
    return true;
  }

  #enter(task: SupervisedTask): void {
    this.#live.add(task);
    if (task.key !== undefined) this.#keys.add(task.key, task);
    task.enter();
  }

  #waitForRoom(task: SupervisedTask): Promise<Task> {
    const { signal, queueDeadlineMs } = task.options;
    const spawn = new WaitingSpawn(task, (one) => this.#endWait(one));
    spawn.place = this.#waiting.push(spawn);
    if (signal !== undefined) this.#links.link(signal, spawn);
    if (queueDeadlineMs !== undefined) {
      const expire = (): void => spawn.queueDeadlinePassed(queueDeadlineMs);
      spawn.timer = this.#timers.setTimer(task.queueLeftMs(), expire);
    }
    return spawn.result.promise;
  }

  #endWait(spawn: WaitingSpawn): void {
    if (spawn.place !== undefined) this.#waiting.remove(spawn.place);
    const { signal } = spawn.task.options;
    if (signal !== undefined) this.#links.unlink(signal, spawn);
    spawn.timer?.cancel();
  }

  #taskDecided(task: SupervisedTask, outcome: Outcome): void {
    this.#admission.decided(task);
    if (task.key !== undefined) this.#keys.decided(task.key, task);
    if (task.state === 'settled') this.#live.delete(task);
    this.#publish(outcome, task);
    this.#fill();
  }

  #taskSettledLate(task: SupervisedTask): void {
    this.#admission.settledLate(task);
    this.#live.delete(task);
    this.#fill();
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

  /** Gives free slots to pending tasks, and free places among those to waiting spawns. */
  #fill(): void {
    // A body or hook that runs in here may free a slot again: the loop that is running sees it.
    if (this.#filling) return;
    this.#filling = true;
    while (this.#closing === undefined && (this.#startNext() || this.#takeWaiting()));
    this.#filling = false;
  }

  #startNext(): boolean {
    const task = this.#admission.takeNext();
    task?.start();
    return task !== undefined;
  }

  #takeWaiting(): boolean {
    const spawn = this.#admission.hasRoom ? this.#waiting.first : undefined;
    if (spawn === undefined) return false;
    this.#endWait(spawn);
    spawn.result.resolve(this.#admit(spawn.task, false) as SupervisedTask);
    return true;
  }

  async #close(options: CloseOptions): Promise<CloseReport> {
    for (let spawn = this.#waiting.first; spawn; spawn = this.#waiting.first) {
      this.#endWait(spawn);
      spawn.result.reject(new SpawnRefusedError(this.name, spawn.task.name, 'closed'));
    }
    const reason = new SupervisorClosedError(this.name);
    return endTasks([...this.#live], reason, options, this.#timers);
  }
}
