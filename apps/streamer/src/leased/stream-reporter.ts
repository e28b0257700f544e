import { StreamChanged, StreamCheckpointed, StreamGap, asReason, subjectOf } from '#contracts';
import type {
  Contract,
  LostRange,
  StreamCounters,
  StreamPosition,
  StreamReport,
  StreamState,
} from '#contracts';
import { SpawnRefusedError, systemClock } from '#supervisor';
import type { Clock, Supervisor, Task, TaskContext, Timer } from '#supervisor';
import type { StateCause, StreamObserver } from '../follow/stream-work.js';
import type { StreamLease } from './stream-lease.js';

const CHECKPOINT_EVERY_MS = 1_000;
/** More events than this do not wait: a further one is merged with the last of its kind. */
const MAX_WAITING = 64;

/** Where a stream stands, as its events carry it. */
export interface StreamStanding {
  readonly state: StreamState;
  readonly position: StreamPosition | undefined;
  readonly counters: StreamCounters;
}

/** The body that all events of a stream share. */
type Report = { readonly [Key in keyof StreamReport]: StreamReport[Key] };

type Event =
  | { readonly type: 'changed'; readonly state: StreamState; readonly cause: StateCause }
  | { readonly type: 'gap'; readonly lost: LostRange; readonly reason: string }
  | { readonly type: 'checkpointed' };

/**
 * Publishes what happens to a stream, one event after the other, on its lease. A checkpoint goes out
 * at most once a second; every event carries the position, too.
 *
 * When an event cannot be published, nothing more is, and `onBroken` hears why.
 */
export class StreamReporter implements StreamObserver {
  readonly #lease: StreamLease;
  readonly #tasks: Supervisor;
  readonly #standing: () => StreamStanding;
  readonly #onBroken: (error: unknown) => void;
  readonly #clock: Clock;
  readonly #waiting: Event[] = [];
  readonly #closing = new AbortController();
  #publishing: Task<void> | undefined;
  #broken: { readonly error: unknown } | undefined;
  #checkpointTimer: Timer | undefined;
  #nextCheckpointAt = -Infinity;

  constructor(parts: {
    readonly lease: StreamLease;
    /** Runs a task while there is something to publish. */
    readonly tasks: Supervisor;
    readonly standing: () => StreamStanding;
    readonly onBroken: (error: unknown) => void;
    readonly clock?: Clock;
  }) {
    this.#lease = parts.lease;
    this.#tasks = parts.tasks;
    this.#standing = parts.standing;
    this.#onBroken = parts.onBroken;
    this.#clock = parts.clock ?? systemClock;
  }

  changed(state: StreamState, cause: StateCause): void {
    this.#enqueue({ type: 'changed', state, cause });
  }

  lost(lost: LostRange, reason: string): void {
    this.#enqueue({ type: 'gap', lost, reason });
  }

  confirmed(): void {
    this.#checkpointTimer ??= this.#clock.setTimer(
      Math.max(0, this.#nextCheckpointAt - this.#clock.now()),
      () => {
        this.#checkpointTimer = undefined;
        this.#nextCheckpointAt = this.#clock.now() + CHECKPOINT_EVERY_MS;
        this.#enqueue({ type: 'checkpointed' });
      },
    );
  }

  /**
   * Publishes what waits, then this last event of the stream here. Rejects when any of it could not
   * be published.
   */
  async finish<T extends StreamReport>(
    contract: Contract<T>,
    state: StreamState,
    cause: StateCause = {},
  ): Promise<void> {
    this.#stopCheckpoints();
    await this.#publishing?.outcome;
    if (this.#broken !== undefined) throw this.#broken.error;
    await this.#lease.publish<StreamReport>(contract, this.#report(state, cause));
  }

  /** Publishes nothing more: what waits is dropped, what is under way is given up. */
  close(reason: unknown): void {
    this.#closing.abort(reason);
    this.#waiting.length = 0;
    this.#stopCheckpoints();
  }

  #stopCheckpoints(): void {
    this.#checkpointTimer?.cancel();
    this.#checkpointTimer = undefined;
  }

  #enqueue(event: Event): void {
    if (this.#closing.signal.aborted || this.#broken !== undefined) return;
    const last = this.#waiting.findLastIndex(({ type }) => type === event.type);
    const older = this.#waiting[last];
    if (older !== undefined && this.#waiting.length >= MAX_WAITING) {
      this.#waiting[last] = merged(older, event);
    } else {
      this.#waiting.push(event);
    }
    this.#publishing ??= this.#startPublishing();
  }

  #startPublishing(): Task<void> | undefined {
    const name = `events of stream ${subjectOf(this.#lease.key)}`;
    const task = this.#tasks.trySpawn(name, (context) => this.#publishWaiting(context), {
      signal: this.#closing.signal,
    });
    if (typeof task !== 'string') return task;
    this.#break(new SpawnRefusedError(this.#tasks.name, name, task));
    return undefined;
  }

  async #publishWaiting(context: TaskContext): Promise<void> {
    try {
      for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
        await context.wait(this.#publish(event));
      }
    } catch (error) {
      this.#break(error);
      throw error;
    } finally {
      this.#publishing = undefined;
    }
  }

  #break(error: unknown): void {
    this.#broken = { error };
    this.#onBroken(error);
  }

  async #publish(event: Event): Promise<void> {
    const { state } = this.#standing();
    switch (event.type) {
      case 'changed':
        await this.#lease.publish(StreamChanged, this.#report(event.state, event.cause));
        break;
      case 'gap': {
        const cause = { code: 'position-too-old', reason: event.reason } as const;
        await this.#lease.publish(StreamGap, { ...this.#report(state, cause), lost: event.lost });
        break;
      }
      case 'checkpointed':
        await this.#lease.publish(StreamCheckpointed, this.#report(state));
        break;
    }
  }

  #report(state: StreamState, { code, reason }: StateCause = {}): Report {
    const { key, epoch } = this.#lease;
    const { position, counters } = this.#standing();
    return {
      key,
      epoch,
      seq: this.#lease.nextSeq(),
      state,
      counters,
      ...(position && { position }),
      ...(code && { code }),
      ...(reason && { reason: asReason(reason) }),
    };
  }
}

/** States in between may be left out; what is lost may not, so two gaps become one that spans both. */
function merged(older: Event, newer: Event): Event {
  if (older.type !== 'gap' || newer.type !== 'gap') return newer;
  const { from } = older.lost;
  const { to } = newer.lost;
  return { ...newer, lost: { ...(from && { from }), ...(to && { to }) } };
}
