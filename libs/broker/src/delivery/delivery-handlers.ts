import { Supervisor, type Refusal, type Task } from '#supervisor';
import type { ConsumeMessage } from 'amqplib';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import type { ConsumerOptions } from './consumer-options.js';
import { remainingMs } from './deadline.js';
import type { DeliveryOutcome } from './delivery-outcome.js';
import type { DeliveryPipeline, Verdict } from './delivery-pipeline.js';
import { incomingMessage } from './incoming-message.js';
import { Slots, type Slot } from './slots.js';

export interface DeliveryHandlersParts {
  readonly pipeline: DeliveryPipeline;
  readonly log: BrokerLog;
  readonly metrics: BrokerMetrics;
  /** Called when there may be more room. */
  readonly onRoom: () => void;
}

const DEFAULT_PREFETCH = 32;
const OFFERS_AT_ONCE = 8;
/** What a handler gets to end after its signal was aborted. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Runs the handlers of one queue's deliveries, and knows how many more may run. */
export class DeliveryHandlers {
  readonly supervisor: Supervisor;
  /** Undefined for a consumer without slots. */
  readonly slots: Slots | undefined;
  private readonly queue: string;
  private readonly prefetch: number;
  private readonly limit: number;
  /** Handlers that run, whether their delivery is still theirs or not. */
  private running = 0;

  constructor(
    { queue, prefetch, slots }: ConsumerOptions,
    private readonly parts: DeliveryHandlersParts,
  ) {
    this.queue = queue;
    this.prefetch =
      slots === undefined
        ? (prefetch ?? DEFAULT_PREFETCH)
        : Math.min(prefetch ?? OFFERS_AT_ONCE, OFFERS_AT_ONCE, slots);
    this.slots = slots === undefined ? undefined : new Slots(slots, parts.onRoom);
    this.limit = 2 * this.prefetch + (slots ?? 0);
    this.supervisor = new Supervisor({
      name: queue,
      limit: this.limit,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      onLateError: (error) =>
        parts.log.warn({ queue, err: error }, 'a handler failed after it was given up'),
    });
  }

  /** How many deliveries may be handled at once from now on; zero or less when none. */
  get room(): number {
    return Math.min(this.prefetch, this.limit - this.running, this.slots?.free ?? Infinity);
  }

  /** Why there is no room, when it is because handlers do not end; undefined otherwise (having no slot free is no trouble). */
  trouble(): string | undefined {
    if (this.running < this.limit) return undefined;
    return `${this.running} handlers were told to stop and do not: restart the service`;
  }

  /**
   * Handles one delivery and says how to settle it; that it rejects is a defect. `signal` stops the handler; without one only closing does.
   * `lost` tells whether the channel of the delivery was lost meanwhile, so that the metrics know.
   */
  async handle(
    delivery: ConsumeMessage,
    slot: Slot | undefined,
    signal: AbortSignal | undefined,
    lost: AbortSignal,
  ): Promise<Verdict> {
    const { queue } = this;
    const { metrics, pipeline } = this.parts;
    const message = incomingMessage(delivery);
    const startedAt = performance.now();
    metrics.delivered(queue, message.type);
    const leftMs = remainingMs(message);
    const task = this.supervisor.trySpawn(
      message.type,
      ({ signal: stop }) => this.run(() => pipeline.handle({ message, slot, signal: stop })),
      { signal, ...(leftMs < Infinity && { runDeadlineMs: Math.max(0, leftMs) }) },
    );
    const verdict = await this.verdictOf(task);
    const outcome = lost.aborted ? 'abandoned' : outcomeOf(verdict);
    metrics.settled(queue, outcome, (performance.now() - startedAt) / 1_000);
    return verdict;
  }

  /** A handler that was given up counts until it has really ended. */
  private async run(handler: () => Promise<Verdict>): Promise<Verdict> {
    this.running += 1;
    try {
      return await handler();
    } finally {
      this.running -= 1;
      this.parts.onRoom();
    }
  }

  /** A handler that was aborted or given up leaves its delivery to the broker, unless it was a question nobody waits for any more. */
  private async verdictOf(task: Task<Verdict> | Refusal): Promise<Verdict> {
    if (task === 'closed') return { settle: 'nothing' };
    if (task === 'full') return { settle: 'pause', reason: this.trouble() ?? 'full' };
    const outcome = await task.outcome;
    if (outcome.status === 'succeeded') return outcome.value;
    if (outcome.status !== 'timed-out') return { settle: 'nothing' };
    const late = outcome.late?.value;
    return late?.settle === 'acknowledge' ? late : { settle: 'acknowledge', outcome: 'expired' };
  }
}

function outcomeOf(verdict: Verdict): DeliveryOutcome {
  return verdict.settle === 'acknowledge' ? verdict.outcome : 'requeued';
}
