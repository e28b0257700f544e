import { DependencyUnavailableError } from '#contracts';
import { Gate, sleep, type Supervisor, type Task, type TaskContext, messageOf } from '#supervisor';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import type { BrokerTasks } from '../broker-tasks.js';
import { BrokerChannel } from '../connection/broker-channel.js';
import type { ConnectionLink } from '../connection/connection-link.js';
import { RetryPace } from '../connection/retry-pace.js';
import { isOrdered, type ConsumerOptions, type Probe } from './consumer-options.js';
import { ConsumerSession, type SessionEnd } from './consumer-session.js';
import type { DeadLetterWriter } from './dead-letter-writer.js';
import { DeliveryHandlers } from './delivery-handlers.js';
import type { DeliveryPipeline } from './delivery-pipeline.js';

export interface QueueConsumerParts {
  readonly link: ConnectionLink;
  readonly tasks: BrokerTasks;
  readonly pipeline: DeliveryPipeline;
  readonly deadLetters: DeadLetterWriter;
  /** Tells when the dependency of this queue's handlers is back; without one it is tried with one message at a time. */
  readonly probe: () => Probe | undefined;
  /** Declares the queue; called for every channel, since the queue may have been deleted meanwhile. */
  readonly declare: (channel: BrokerChannel) => Promise<void>;
  readonly log: BrokerLog;
  readonly metrics: BrokerMetrics;
}

const BACKOFF = { baseMs: 200, capMs: 5_000 };
/** Without a probe each try costs its message a delivery attempt, of which it has few. */
const TRIAL_BACKOFF = { baseMs: 2_000, capMs: 60_000 };

/**
 * Reads one queue for as long as the process lives, across lost channels and connections:
 *
 * ```
 * opening ──▶ consuming ──channel lost──▶ opening
 *                │  └─────dependency down──▶ paused ──probe succeeds──▶ opening
 *                └──drain──▶ draining ──handlers done──▶ closed
 * ```
 *
 * Pausing closes the channel, so that the broker takes back everything unsettled, whole and in order. Before it consumes
 * again it waits until the handlers of the channel before have ended, or were given up: what is redelivered must not meet
 * its former self. Without a probe it tries with one message, after pauses that grow, until a handler has ended well. Handlers that never end take room until nothing is consumed any more, and `trouble()` says so.
 */
export class QueueConsumer {
  private readonly handlers: DeliveryHandlers;
  private readonly room = new Gate();
  private readonly consumed = new Gate();
  private readonly stopping = new AbortController();
  private readonly pace = new RetryPace(BACKOFF);
  /** Set while nobody can tell whether the dependency is back, but for a message that is handled. */
  private trials: RetryPace | undefined;
  private session: ConsumerSession | undefined;
  private loop: Task | undefined;
  private drained: Promise<void> | undefined;
  private consumingSinceMs = Infinity;
  private problem: string | undefined = 'not consuming yet';

  constructor(
    private readonly options: ConsumerOptions,
    private readonly parts: QueueConsumerParts,
  ) {
    const { pipeline, deadLetters, log, metrics } = parts;
    const onRoom = (): void => this.room.open();
    this.handlers = new DeliveryHandlers(options, { pipeline, log, metrics, onRoom });
    deadLetters.onChange = () => this.deadLettersChanged();
  }

  /** Runs the handlers. */
  get supervisor(): Supervisor {
    return this.handlers.supervisor;
  }

  /** Begins to consume; resolves once the broker has said so for the first time. Rejects with the signal's reason, or after the broker was closed. */
  async start(signal?: AbortSignal): Promise<void> {
    this.loop ??= this.parts.tasks.run(`consume ${this.options.queue}`, (task) => {
      task.onAbort(() => this.stop());
      return this.keepConsuming();
    });
    if (this.loop === undefined) {
      throw new DependencyUnavailableError('the connection to RabbitMQ was closed by this process');
    }
    await this.consumed.wait(signal);
  }

  /** Undefined while it consumes (or is full, which is no trouble), else the reason. */
  trouble(): string | undefined {
    const { handlers, parts } = this;
    const problem = this.problem ?? parts.deadLetters.trouble() ?? handlers.trouble();
    return problem === undefined ? undefined : `queue ${this.options.queue}: ${problem}`;
  }

  /**
   * Takes nothing more, waits for the handlers at most `graceTimeoutMs`, then aborts them.
   * What is not settled by then goes back to the queue. Called again, it returns the same promise.
   */
  drain(graceTimeoutMs: number): Promise<void> {
    this.drained ??= this.end(graceTimeoutMs);
    return this.drained;
  }

  private async end(graceTimeoutMs: number): Promise<void> {
    this.stop();
    await this.supervisor.close({ graceTimeoutMs });
    // It ends by itself, unless the broker is frozen.
    this.loop?.cancel('drained');
    await this.loop?.outcome;
  }

  private stop(): void {
    this.problem = 'draining';
    this.stopping.abort(new Error('the consumer is draining'));
    this.session?.stop();
  }

  private async keepConsuming(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const pauseMs = await this.consumeOnce().then(
        (end) => this.ended(end),
        (error: unknown) => this.failed(error),
      );
      await sleep(pauseMs, signal).catch(ignore);
    }
  }

  private async consumeOnce(): Promise<SessionEnd> {
    const { link, declare } = this.parts;
    const { signal } = this.stopping;
    const channel = await BrokerChannel.open(await link.whenUp(signal), signal);
    this.consumingSinceMs = Infinity;
    try {
      await declare(channel);
      this.session = this.sessionOn(channel);
      if (signal.aborted) this.session.stop();
      const end = await this.session.run();
      // It may take a while until its handlers have ended.
      this.problem ??= whyEnded(end);
      await channel.acknowledged(this.options.queue);
      return end;
    } finally {
      await channel.close();
      // A request for a lease is awaited even without its delivery (leases.md W1); it holds a slot.
      if (this.handlers.slots === undefined) await this.session?.handled();
    }
  }

  private sessionOn(channel: BrokerChannel): ConsumerSession {
    const { queue } = this.options;
    const { handlers } = this;
    return new ConsumerSession({
      channel,
      queue,
      ordered: isOrdered(queue),
      slots: handlers.slots,
      room: (signal) => this.untilRoom(signal),
      handle: async (delivery, slot, signal) => {
        const verdict = await handlers.handle(delivery, slot, signal, channel.lost);
        if (verdict.settle === 'acknowledge') this.trialPassed();
        return verdict;
      },
      onConsuming: () => this.nowConsuming(),
    });
  }

  /** Waits until something may be delivered; resolves with how much at once. */
  private async untilRoom(signal: AbortSignal): Promise<number> {
    for (;;) {
      const { room } = this.handlers;
      if (room > 0 && this.parts.deadLetters.trouble() === undefined) {
        return this.trials === undefined ? room : 1;
      }
      this.room.close();
      await this.room.wait(signal);
    }
  }

  private trialPassed(): void {
    if (this.trials === undefined) return;
    this.trials = undefined;
    this.session?.hold();
  }

  private deadLettersChanged(): void {
    if (this.parts.deadLetters.trouble() === undefined) this.room.open();
    else this.session?.hold();
  }

  private nowConsuming(): void {
    this.consumingSinceMs = performance.now();
    this.consumed.open();
    if (this.problem === undefined || this.stopping.signal.aborted) return;
    this.parts.log.info({ queue: this.options.queue }, 'consuming');
    this.problem = undefined;
  }

  /** Resolves with how long to wait before consuming again. */
  private async ended(end: SessionEnd): Promise<number> {
    if (this.stopping.signal.aborted) return 0;
    const pauseMs = this.pace.afterLoss(performance.now() - this.consumingSinceMs);
    if (end.because === 'paused') return this.untilProbed(end.reason, pauseMs);
    const { log } = this.parts;
    const { queue } = this.options;
    this.problem = whyEnded(end);
    if (end.because === 'broken') {
      log.error({ queue, err: end.error }, 'a delivery could not be settled: a defect');
    } else {
      log.warn({ queue }, 'consumer lost its channel');
    }
    return pauseMs;
  }

  private failed(error: unknown): number {
    if (this.stopping.signal.aborted) return 0;
    const { queue } = this.options;
    const reason = messageOf(error);
    if (this.problem !== reason) {
      this.parts.log.warn({ queue, reason }, 'cannot consume; trying again');
    }
    this.problem = reason;
    return this.pace.afterFailure();
  }

  private async untilProbed(reason: string, firstPauseMs: number): Promise<number> {
    const { queue } = this.options;
    const { signal } = this.stopping;
    this.problem = reason;
    this.parts.log.warn({ queue, reason }, 'consumer paused: a dependency is down');
    if (this.parts.probe() === undefined) {
      this.trials ??= new RetryPace(TRIAL_BACKOFF);
      await sleep(this.trials.afterFailure(), signal).catch(ignore);
      return 0;
    }
    for (let pauseMs = firstPauseMs; ; pauseMs = this.pace.afterFailure()) {
      await sleep(pauseMs, signal).catch(ignore);
      if (signal.aborted) return 0;
      const problem = await this.probe(signal);
      if (signal.aborted || problem === undefined) return 0;
      this.problem = problem;
    }
  }

  /** Resolves with why the dependency is still down; undefined when it works, or nobody can tell. */
  private async probe(signal: AbortSignal): Promise<string | undefined> {
    const probe = this.parts.probe();
    if (probe === undefined) return undefined;
    const name = `probe of ${this.options.queue}`;
    const whyDown = async (task: TaskContext): Promise<string | undefined> => {
      try {
        await task.wait(probe(task.signal));
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    };
    const outcome = await this.parts.tasks.run(name, whyDown, signal)?.outcome;
    return outcome?.status === 'succeeded' ? outcome.value : `${name} did not run`;
  }
}

function whyEnded(end: SessionEnd): string {
  switch (end.because) {
    case 'lost':
      return 'its channel was lost; opening another';
    case 'stopped':
      return 'draining';
    case 'paused':
      return end.reason;
    case 'broken':
      return `a delivery could not be settled: ${messageOf(end.error)}`;
  }
}

const ignore = (): void => undefined;
