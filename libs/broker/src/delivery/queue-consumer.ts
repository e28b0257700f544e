import { DependencyUnavailableError } from '#contracts';
import {
  Gate,
  Supervisor,
  abortable,
  fullJitter,
  sleep,
  type Refusal,
  type Task,
} from '#supervisor';
import type { ConsumeMessage } from 'amqplib';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import { BrokerChannel } from '../connection/broker-channel.js';
import type { ConnectionLink } from '../connection/connection-link.js';
import type { ConsumerOptions, Probe } from './consumer-options.js';
import { ConsumerSession, type SessionEnd } from './consumer-session.js';
import type { DeliveryOutcome } from './delivery-outcome.js';
import type { DeliveryPipeline, Verdict } from './delivery-pipeline.js';
import { incomingMessage } from './incoming-message.js';
import { Slots, type Slot } from './slots.js';

export interface QueueConsumerParts {
  readonly link: ConnectionLink;
  readonly pipeline: DeliveryPipeline;
  /** Tells when the dependency of this queue's handlers is back; without one it is simply tried again. */
  readonly probe: () => Probe | undefined;
  /** Declares the queue; called for every channel, since the queue may have been deleted meanwhile. */
  readonly declare: (channel: BrokerChannel) => Promise<void>;
  readonly log: BrokerLog;
  readonly metrics: BrokerMetrics;
}

const DEFAULT_PREFETCH = 32;
const OFFERS_AT_ONCE = 8;
const BACKOFF = { baseMs: 200, capMs: 5_000 };
/** What a handler gets to end after its signal was aborted. */
const HANDLER_CLOSE_TIMEOUT_MS = 5_000;

/**
 * Reads one queue for as long as the process lives, across lost channels and connections:
 *
 * ```
 * opening ──▶ consuming ──channel lost──▶ opening
 *                │  └─────dependency down──▶ paused ──probe succeeds──▶ opening
 *                └──drain──▶ draining ──handlers done──▶ closed
 * ```
 *
 * Pausing closes the channel, so that the broker takes back everything unsettled, whole and in order.
 */
export class QueueConsumer {
  readonly supervisor: Supervisor;
  private readonly slots: Slots | undefined;
  private readonly room = new Gate({ open: true });
  private readonly consumed = new Gate();
  private readonly stopping = new AbortController();
  private session: ConsumerSession | undefined;
  private running: Promise<void> | undefined;
  private problem: string | undefined = 'not consuming yet';

  constructor(
    private readonly options: ConsumerOptions,
    private readonly parts: QueueConsumerParts,
  ) {
    const { queue, slots } = options;
    this.slots = slots === undefined ? undefined : new Slots(slots, () => this.room.open());
    this.supervisor = new Supervisor({
      name: queue,
      // Handlers of a lost channel may still be ending while the next one delivers.
      limit: 2 * this.prefetch + (slots ?? 0),
      pendingLimit: 0,
      closeTimeoutMs: HANDLER_CLOSE_TIMEOUT_MS,
    });
  }

  /** Begins to consume; resolves once the broker has said so for the first time. */
  async start(signal?: AbortSignal): Promise<void> {
    this.running ??= this.keepConsuming();
    await this.consumed.wait(signal);
  }

  /** Undefined while it consumes (or is full, which is no trouble), else the reason. */
  trouble(): string | undefined {
    return this.problem === undefined ? undefined : `queue ${this.options.queue}: ${this.problem}`;
  }

  /**
   * Takes nothing more, waits for the handlers at most `graceTimeoutMs`, then aborts them.
   * What is not settled by then goes back to the queue. Safe to call twice.
   */
  async drain(graceTimeoutMs: number): Promise<void> {
    this.problem = 'draining';
    this.stopping.abort();
    this.session?.stop();
    await this.supervisor.close({ graceTimeoutMs, closeTimeoutMs: HANDLER_CLOSE_TIMEOUT_MS });
    await this.running;
  }

  private get prefetch(): number {
    const { prefetch, slots } = this.options;
    return slots === undefined
      ? (prefetch ?? DEFAULT_PREFETCH)
      : Math.min(prefetch ?? OFFERS_AT_ONCE, OFFERS_AT_ONCE, slots);
  }

  private async keepConsuming(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        const end = await this.consumeOnce();
        failures = 0;
        if (end.because === 'paused') await this.untilProbed(end.reason);
      } catch (error) {
        if (signal.aborted) return;
        this.failed(error, failures);
        failures += 1;
        await sleep(fullJitter(failures, BACKOFF), signal).catch(() => undefined);
      }
    }
  }

  private async consumeOnce(): Promise<SessionEnd> {
    const { link, declare } = this.parts;
    const connection = await link.whenUp(this.stopping.signal);
    const channel = await BrokerChannel.open(connection);
    // Nothing waits for a lost channel except a request for a lease (leases.md W1), which holds a slot.
    const handlers = this.slots === undefined ? new AbortController() : undefined;
    try {
      await declare(channel);
      const session = new ConsumerSession({
        channel,
        queue: this.options.queue,
        prefetch: this.prefetch,
        slots: this.slots,
        room: (signal) => this.untilRoom(signal),
        handle: (delivery, slot) => this.handle(delivery, slot, handlers?.signal),
        onConsuming: () => this.nowConsuming(),
      });
      this.session = session;
      if (this.stopping.signal.aborted) session.stop();
      const end = await session.run();
      // Draining: what was delivered is still being handled, and is acknowledged on this channel.
      if (end.because === 'stopped') await this.supervisor.close();
      return end;
    } finally {
      handlers?.abort(new DependencyUnavailableError('the delivery went back to the queue'));
      await channel.close();
    }
  }

  private async handle(
    delivery: ConsumeMessage,
    slot: Slot | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Verdict> {
    const { metrics, pipeline } = this.parts;
    const { queue } = this.options;
    const message = incomingMessage(delivery);
    const startedAt = performance.now();
    metrics.delivered(queue, message.type);
    const admission = this.supervisor.trySpawn(
      message.type,
      (context) => pipeline.handle({ message, slot, signal: context.signal }),
      { signal },
    );
    const verdict = await verdictOf(admission);
    metrics.settled(queue, outcomeOf(verdict), (performance.now() - startedAt) / 1_000);
    return verdict;
  }

  private async untilRoom(signal: AbortSignal): Promise<void> {
    while (this.slots !== undefined && this.slots.free <= 0) {
      this.room.close();
      await this.room.wait(signal);
    }
  }

  private nowConsuming(): void {
    if (this.problem !== undefined) {
      this.parts.log.info({ queue: this.options.queue }, 'consuming');
    }
    this.problem = undefined;
    this.consumed.open();
  }

  private failed(error: unknown, failures: number): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (failures === 0 || this.problem !== reason) {
      this.parts.log.warn({ queue: this.options.queue, reason }, 'cannot consume; trying again');
    }
    this.problem = reason;
  }

  private async untilProbed(reason: string): Promise<void> {
    const { log, probe } = this.parts;
    const { queue } = this.options;
    const { signal } = this.stopping;
    this.problem = reason;
    log.warn({ queue, reason }, 'consumer paused: a dependency is down');
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      await sleep(fullJitter(attempt, BACKOFF), signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await abortable(probe()?.(signal) ?? Promise.resolve(), signal);
        return;
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
      }
    }
  }
}

/** A handler that was refused, aborted or given up leaves its delivery to the broker. */
async function verdictOf(admission: Task<Verdict> | Refusal): Promise<Verdict> {
  if (typeof admission === 'string') return { settle: 'nothing' };
  const outcome = await admission.outcome;
  return outcome.status === 'succeeded' ? outcome.value : { settle: 'nothing' };
}

function outcomeOf(verdict: Verdict): DeliveryOutcome {
  if (verdict.settle === 'acknowledge') return verdict.outcome;
  return verdict.settle === 'pause' ? 'requeued' : 'abandoned';
}
