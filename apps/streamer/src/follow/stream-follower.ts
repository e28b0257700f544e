import { SignalboxError } from '#contracts';
import type { StreamCounters, StreamPosition, StreamSettings, StreamState } from '#contracts';
import { sleep, systemClock } from '#supervisor';
import type { Clock } from '#supervisor';
import type { AttemptEnd } from '../attempt/attempt-end.js';
import { readSource } from '../attempt/read-source.js';
import type { Cursor } from '../position/cursor.js';
import { newCursor } from '../position/new-cursor.js';
import { PublishWindow } from '../publish/publish-window.js';
import type { Confirmation } from '../publish/publish-window.js';
import { Backoff } from './backoff.js';
import { nextStep } from './next-step.js';
import type { NextStep } from './next-step.js';
import { SourceRequests } from './source-requests.js';
import { StreamIntake } from './stream-intake.js';
import { nextState } from './stream-states.js';
import type { StreamInput } from './stream-states.js';
import type { FollowEnd, FollowerParts, StateCause, StreamWork } from './stream-work.js';

/**
 * Follows one stream through its connections: read until the connection ends, decide, wait, go on
 * where reading stood. To be run once.
 */
export class StreamFollower {
  readonly #settings: StreamSettings;
  readonly #parts: FollowerParts;
  readonly #clock: Clock;
  readonly #requests: SourceRequests;
  readonly #cursor: Cursor;
  readonly #window: PublishWindow;
  readonly #intake: StreamIntake;
  readonly #backoff: Backoff;
  readonly #counters = { documents: 0, bytes: 0, reconnects: 0, rejected: 0 };
  #state: StreamState = 'acquiring';
  #confirmed: StreamPosition | undefined;
  #connections = 0;
  /** Where reading stood before the present attempt, and when its response began. */
  #stood: StreamPosition | undefined;
  #begunAt: number | undefined;

  /** @throws {SignalboxError} `contract-violated` for settings that cannot be followed. */
  constructor(work: StreamWork, parts: FollowerParts) {
    const { streamId, epoch, settings, position, bounds } = work;
    this.#settings = settings;
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#confirmed = position;
    this.#requests = new SourceRequests(settings, parts.secrets);
    this.#cursor = newCursor(streamId, epoch, settings, position);
    this.#backoff = new Backoff(parts.random);
    this.#window = new PublishWindow({
      streamId,
      sink: parts.sink,
      tasks: parts.tasks,
      onConfirmed: (confirmation) => this.#countConfirmed(confirmation),
      clock: this.#clock,
    });
    this.#intake = new StreamIntake(settings, bounds, {
      cursor: this.#cursor,
      window: this.#window,
      observer: {
        begun: (lost) => this.#begun(lost),
        received: (bytes) => (this.#counters.bytes += bytes),
        blocked: () => this.#to('blocked'),
        flowing: () => this.#to('flowing'),
      },
      clock: this.#clock,
    });
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Where it is safe to go on; nothing before the first document was confirmed. */
  get position(): StreamPosition | undefined {
    return this.#confirmed;
  }

  /** What was done since the beginning. */
  get counters(): StreamCounters {
    return { ...this.#counters };
  }

  /**
   * Follows until the source has nothing more to say (all of it is confirmed then), cannot be
   * followed, or the signal aborts. In every case the socket is gone; after an abort what was read
   * may still be unconfirmed: see {@link settle} and {@link abandon}.
   */
  async run(signal: AbortSignal): Promise<FollowEnd> {
    this.#to('granted');
    try {
      return await this.#follow(signal);
    } catch (error) {
      if (signal.aborted) return this.#interrupted();
      return failure(error);
    }
  }

  /**
   * Resolves when everything that was read is confirmed. Rejects when the signal aborts before, and
   * with the sink's error when it refused something for good.
   */
  settle(signal?: AbortSignal): Promise<void> {
    return this.#window.settled(signal);
  }

  /** Publishes and reads nothing until {@link resume}; the connection stays, and what is unconfirmed is kept. */
  suspend(): void {
    this.#window.suspend();
  }

  /** Publishes again what is unconfirmed, then goes on. */
  resume(): void {
    this.#window.resume();
  }

  /** Gives up what is unconfirmed, for good; a run that goes on ends as failed. Abort its signal first. */
  abandon(reason: unknown): void {
    this.#window.end(reason);
  }

  async #follow(signal: AbortSignal): Promise<FollowEnd> {
    let unauthorizedBefore = false;
    for (;;) {
      await this.#window.room(signal);
      const resumed = Object.keys(this.#cursor.requestHeaders()).length > 0;
      const end = await this.#attempt(signal);
      this.#window.flush(this.#cursor.position());
      if (end.kind === 'aborted') return this.#interrupted();
      const { onEnd, resume } = this.#settings;
      const step = nextStep(end, { onEnd, onGap: resume.onGap, resumed, unauthorizedBefore });
      unauthorizedBefore = end.kind === 'unauthorized';
      if (step.do !== 'reconnect') return await this.#finish(step, signal);
      await this.#waitToReconnect(step, signal);
    }
  }

  #attempt(signal: AbortSignal): Promise<AttemptEnd> {
    const { format, maxLineBytes } = this.#settings;
    this.#begunAt = undefined;
    this.#stood = this.#cursor.position();
    return readSource(
      {
        request: () => this.#requests.next(this.#cursor.requestHeaders()),
        allowed: this.#parts.allowed,
        format,
        maxLineBytes,
        cursor: this.#cursor,
        intake: this.#intake,
      },
      signal,
    );
  }

  async #waitToReconnect(
    step: Extract<NextStep, { do: 'reconnect' }>,
    signal: AbortSignal,
  ): Promise<void> {
    if (step.forgetPosition) this.#forget(step.reason ?? '');
    const deliveredMs = this.#begunAt === undefined ? 0 : this.#clock.now() - this.#begunAt;
    const backoffMs = step.atOnce ? 0 : this.#backoff.nextMs(deliveredMs, this.#intake.retryMs);
    this.#to('broken', { code: step.code, reason: step.reason });
    await sleep(Math.max(backoffMs, step.notBeforeMs ?? 0), signal, this.#clock);
    this.#to('retry');
  }

  #forget(reason: string): void {
    this.#reportLost(this.#cursor.position(), undefined, reason);
    this.#cursor.forget();
  }

  /** A position that is no longer the source's must not be gone on from: all of it first. */
  async #finish(
    step: Exclude<NextStep, { do: 'reconnect' }>,
    signal: AbortSignal,
  ): Promise<FollowEnd> {
    this.#to('stop');
    await this.#window.settled(signal);
    if (step.do === 'stop') return { kind: 'stopped', reason: step.reason };
    return { kind: 'failed', code: step.code, reason: step.reason };
  }

  #interrupted(): FollowEnd {
    this.#window.flush(this.#cursor.position());
    if (this.#state !== 'draining') this.#to('stop');
    return { kind: 'interrupted' };
  }

  #begun(lost: string | undefined): void {
    this.#begunAt = this.#clock.now();
    this.#connections += 1;
    if (this.#connections > 1) this.#counters.reconnects += 1;
    if (lost !== undefined) this.#reportLost(this.#stood, this.#cursor.position(), lost);
    this.#to('begun');
  }

  #reportLost(
    from: StreamPosition | undefined,
    to: StreamPosition | undefined,
    reason: string,
  ): void {
    this.#parts.observer.lost({ ...(from && { from }), ...(to && { to }) }, reason);
  }

  #countConfirmed({ position, documents, rejected }: Confirmation): void {
    this.#confirmed = position;
    this.#counters.documents += documents;
    this.#counters.rejected += rejected;
    this.#parts.observer.confirmed();
  }

  #to(input: StreamInput, cause: StateCause = {}): void {
    this.#state = nextState(this.#state, input);
    this.#parts.observer.changed(this.#state, cause);
  }
}

function failure(error: unknown): FollowEnd {
  if (!(error instanceof SignalboxError)) throw error;
  return { kind: 'failed', code: error.code, reason: error.message };
}
