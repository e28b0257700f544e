import {
  CancelledError,
  InterruptedError,
  SignalboxError,
  StreamCheckpointed,
  StreamFailed,
  StreamStopped,
  subjectOf,
} from '#contracts';
import type { StreamCounters, StreamGrant, StreamState } from '#contracts';
import type { Logger } from '#runtime';
import { systemClock, withTimeout, onAbort } from '#supervisor';
import type { Clock, TaskContext } from '#supervisor';
import { StreamFollower } from '../follow/stream-follower.js';
import { nextState } from '../follow/stream-states.js';
import type { StreamInput } from '../follow/stream-states.js';
import type { FollowEnd, FollowerParts, StreamObserver } from '../follow/stream-work.js';
import type { StreamLease } from './stream-lease.js';
import type { StreamMetrics } from './stream-metrics.js';
import { StreamReporter } from './stream-reporter.js';
import type { StreamStanding } from './stream-reporter.js';

/** How long a stream that is to end waits for what it read to be confirmed. */
const FLUSH_GRACE_MS = 10_000;
const NOTHING_DONE: StreamCounters = { documents: 0, bytes: 0, reconnects: 0, rejected: 0 };

/** What a run works with. */
export interface StreamRunParts extends Omit<FollowerParts, 'observer'> {
  readonly metrics: StreamMetrics;
  readonly log: Logger;
}

/**
 * One stream under one lease, from its grant to the end of the lease:
 *
 * - the source ends, or cannot be followed: `stream.stopped`, `stream.failed`;
 * - cancelled (a stop command): read no further, wait for confirms, `stream.stopped`;
 * - revoked (newer settings wait) or drained: the same, then a checkpoint and `lease.released`;
 * - the lease is lost, or the run is cut off: the socket is closed, and nothing more is published.
 *
 * When it ends there is no socket and no publish under way.
 */
export class StreamRun {
  readonly streamId: string;
  readonly #lease: StreamLease;
  readonly #grant: StreamGrant;
  readonly #parts: StreamRunParts;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #reporter: StreamReporter;
  readonly #stop = new AbortController();
  #follower: StreamFollower | undefined;
  #counted = NOTHING_DONE;
  #gaveUp = false;

  constructor(lease: StreamLease, grant: StreamGrant, parts: StreamRunParts) {
    this.streamId = subjectOf(lease.key);
    this.#lease = lease;
    this.#grant = grant;
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#log = parts.log.child({ streamId: this.streamId, epoch: lease.epoch });
    this.#reporter = new StreamReporter({
      lease,
      tasks: parts.tasks,
      standing: () => this.standing,
      onBroken: (error) => this.#giveUp(error),
      clock: this.#clock,
    });
  }

  get standing(): StreamStanding {
    const { state, position, counters } = this.#follower ?? {
      state: 'acquiring' as StreamState,
      position: this.#grant.position,
      counters: NOTHING_DONE,
    };
    return { state, position, counters };
  }

  /**
   * Follows the stream until it ends, as a task whose abort stops it at once. To be run once; never
   * rejects.
   *
   * @param drain give the work back in order.
   */
  async run(context: TaskContext, drain: AbortSignal): Promise<void> {
    const stopListening = this.#listen(drain, context.signal);
    try {
      const end = await this.#follow();
      await context.wait(this.#conclude(end));
    } catch (error) {
      this.#giveUp(error);
    } finally {
      const ended = new CancelledError('the stream ended');
      this.#reporter.close(ended);
      this.#follower?.abandon(ended);
      this.#count();
      stopListening();
      this.#lease.finish();
    }
  }

  async #follow(): Promise<FollowEnd> {
    try {
      this.#follower = this.#newFollower();
      this.#log.info({ position: this.#grant.position }, 'stream taken');
      if (this.#lease.isSuspended) this.#follower.suspend();
      return await this.#follower.run(this.#stop.signal);
    } catch (error) {
      if (error instanceof SignalboxError) {
        return { kind: 'failed', code: error.code, reason: error.message };
      }
      this.#log.error({ err: error }, 'stream ended by a defect');
      return { kind: 'failed', code: 'internal', reason: 'a defect of the streamer: see its log' };
    }
  }

  #newFollower(): StreamFollower {
    const { settings, position, bounds } = this.#grant;
    const { epoch } = this.#lease;
    return new StreamFollower(
      { streamId: this.streamId, epoch, settings, position, bounds },
      { ...this.#parts, observer: this.#observer() },
    );
  }

  #observer(): StreamObserver {
    return {
      changed: (state, cause) => {
        this.#log[cause.code ? 'warn' : 'info']({ state, ...cause }, 'stream changed');
        this.#reporter.changed(state, cause);
      },
      confirmed: () => {
        this.#count();
        this.#reporter.confirmed();
      },
      lost: (range, reason) => {
        this.#log.warn({ lost: range, reason }, 'stream has a gap');
        this.#reporter.lost(range, reason);
      },
    };
  }

  #count(): void {
    const { counters } = this.standing;
    this.#parts.metrics.add(this.#counted, counters);
    this.#counted = counters;
  }

  async #conclude(end: FollowEnd): Promise<void> {
    if (this.#gaveUp) return;
    switch (end.kind) {
      case 'failed':
        await this.#reporter.finish(StreamFailed, this.#after('fail'), end);
        this.#log.warn({ code: end.code, reason: end.reason }, 'stream failed');
        break;
      case 'stopped':
        await this.#reporter.finish(StreamStopped, this.#after('settled'), { reason: end.reason });
        this.#log.info({ reason: end.reason }, 'stream stopped');
        break;
      case 'interrupted':
        await this.#flush();
        await this.#giveBack();
        break;
    }
  }

  #after(input: StreamInput): StreamState {
    return nextState(this.standing.state, input);
  }

  async #giveBack(): Promise<void> {
    if (this.#gaveUp) return;
    if (this.#lease.marks.cancelled !== null) {
      await this.#reporter.finish(StreamStopped, this.#after('settled'));
      this.#log.info({}, 'stream stopped on demand');
      return;
    }
    await this.#reporter.finish(StreamCheckpointed, this.standing.state);
    await this.#lease.release();
    this.#log.info({ position: this.standing.position }, 'stream given back');
  }

  /** What is not confirmed in time is left to whoever comes next: it is read again from the position. */
  async #flush(): Promise<void> {
    const settle = async (signal: AbortSignal): Promise<void> => this.#follower?.settle(signal);
    try {
      await withTimeout(settle, FLUSH_GRACE_MS, { what: 'confirming', clock: this.#clock });
    } catch (error) {
      if (this.#gaveUp) return;
      this.#log.warn({ err: error }, 'stream ends with unconfirmed documents');
      this.#follower?.abandon(new CancelledError('not confirmed in time'));
    }
  }

  #listen(drain: AbortSignal, cutOff: AbortSignal): () => void {
    const { lost } = this.#lease;
    const onDrain = (): void => this.#stop.abort(new InterruptedError('the streamer is stopping'));
    const onLost = (): void => this.#giveUp(lost.reason);
    const onCutOff = (): void => this.#giveUp(cutOff.reason);
    const stopListening = [
      this.#lease.onMarks((marks) => {
        if (marks.cancelled !== null) this.#stop.abort(new CancelledError('the stream is stopped'));
        else if (marks.revoked) this.#stop.abort(new InterruptedError('newer settings wait'));
      }),
      this.#lease.onSuspension((isSuspended) => this.#doubt(isSuspended)),
      onAbort(drain, onDrain),
      onAbort(lost, onLost),
      onAbort(cutOff, onCutOff),
    ];
    return () => stopListening.forEach((stop) => stop());
  }

  /** In doubt it reads no further, so that TCP slows its source, and keeps what is not confirmed. */
  #doubt(isSuspended: boolean): void {
    this.#log.warn({}, isSuspended ? 'stream in doubt: it waits' : 'stream kept: it goes on');
    if (isSuspended) this.#follower?.suspend();
    else this.#follower?.resume();
  }

  /** Ends the run without another word: about work that is not ours, or that cannot be spoken of. */
  #giveUp(error: unknown): void {
    if (this.#gaveUp) return;
    this.#gaveUp = true;
    this.#log.warn({ err: error }, 'stream let go');
    this.#reporter.close(error);
    this.#stop.abort(error);
    this.#follower?.abandon(error);
  }
}
