import { SignalboxError } from '#contracts';
import { Supervisor, withTimeout, type Refusal, type Task } from '#supervisor';
import type { ConsumeMessage } from 'amqplib';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import { logTasks } from '../log-tasks.js';
import { isOrdered, type ConsumerOptions } from './consumer-options.js';
import { remainingMs } from './deadline.js';
import type { DeliveryOutcome } from './delivery-outcome.js';
import type { DeliveryPipeline, Verdict } from './delivery-pipeline.js';
import { incomingMessage, type IncomingMessage } from './incoming-message.js';
import { Slots, type Slot } from './slots.js';

export interface DeliveryHandlersParts {
  readonly pipeline: DeliveryPipeline;
  readonly log: BrokerLog;
  readonly metrics: BrokerMetrics;
  /** Called when there may be more room. */
  readonly onRoom: () => void;
}

/** One delivery while it is handled. */
interface Handling {
  readonly message: IncomingMessage;
  readonly slot: Slot | undefined;
  /** Stops the handler; without one only closing does. */
  readonly signal: AbortSignal | undefined;
}

const DEFAULT_PREFETCH = 32;
const OFFERS_AT_ONCE = 8;
/** What a handler gets to end after its signal was aborted. */
const CLOSE_TIMEOUT_MS = 5_000;
const DEFAULT_HOLD_TIMEOUT_MS = 20 * 60_000;

/** Runs the handlers of one queue's deliveries, and knows how many more may run. */
export class DeliveryHandlers {
  readonly supervisor: Supervisor;
  /** Undefined for a consumer without slots. */
  readonly slots: Slots | undefined;
  private readonly queue: string;
  private readonly ordered: boolean;
  private readonly holdTimeoutMs: number;
  private readonly prefetch: number;
  private readonly limit: number;
  /** Handlers that run, whether their delivery is still theirs or not. */
  private running = 0;

  constructor(
    { queue, prefetch, slots, holdTimeoutMs = DEFAULT_HOLD_TIMEOUT_MS }: ConsumerOptions,
    private readonly parts: DeliveryHandlersParts,
  ) {
    this.queue = queue;
    this.ordered = isOrdered(queue);
    this.holdTimeoutMs = holdTimeoutMs;
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
      ...logTasks(parts.log, queue),
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
    const { metrics } = this.parts;
    const message = incomingMessage(delivery);
    const startedAt = performance.now();
    metrics.delivered(queue, message.type);
    const verdict = await this.verdictOn({ message, slot, signal });
    const outcome = lost.aborted ? 'abandoned' : outcomeOf(verdict);
    metrics.settled(queue, outcome, (performance.now() - startedAt) / 1_000);
    return verdict;
  }

  private verdictOn(handling: Handling): Promise<Verdict> {
    const { message, slot } = handling;
    if (slot !== undefined) return this.verdictOnOffer(handling, slot);
    const leftMs = remainingMs(message);
    const task = this.begin(handling, Math.max(0, Math.min(leftMs, this.holdTimeoutMs)));
    return this.verdictOf(task, () =>
      leftMs <= this.holdTimeoutMs
        ? { settle: 'acknowledge', outcome: 'expired' }
        : this.giveUp(handling),
    );
  }

  /** An offer that is not decided in time goes back; the question to the record stays open, and holds its slot (leases.md, W1). */
  private async verdictOnOffer(handling: Handling, slot: Slot): Promise<Verdict> {
    const { queue, holdTimeoutMs } = this;
    const { type, messageId } = handling.message;
    const task = this.begin(handling, Infinity);
    if (typeof task === 'string') slot.deliveryEnded();
    const verdict = this.verdictOf(task, () => ({ settle: 'nothing' }));
    return withTimeout(verdict, holdTimeoutMs).catch((problem: unknown) => {
      const facts = { queue, type, messageId, holdTimeoutMs, err: problem };
      this.parts.log.warn(facts, 'an offer was held for too long: it goes back to the queue');
      return { settle: 'requeue' };
    });
  }

  private begin({ message, slot, signal }: Handling, deadlineMs: number): Task<Verdict> | Refusal {
    const { pipeline } = this.parts;
    return this.supervisor.trySpawn(
      message.type,
      ({ signal: stop }) => this.run(slot, () => pipeline.handle({ message, slot, signal: stop })),
      { signal, ...(deadlineMs < Infinity && { runDeadlineMs: deadlineMs }) },
    );
  }

  /** A handler that was given up counts until it has really ended. */
  private async run(slot: Slot | undefined, handler: () => Promise<Verdict>): Promise<Verdict> {
    this.running += 1;
    try {
      return await handler();
    } finally {
      this.running -= 1;
      slot?.deliveryEnded();
      this.parts.onRoom();
    }
  }

  /** A handler that was aborted leaves its delivery to the broker. One that went past its deadline counts as what it ended with, if it ended well. */
  private async verdictOf(
    task: Task<Verdict> | Refusal,
    whenLate: () => Verdict | Promise<Verdict>,
  ): Promise<Verdict> {
    if (task === 'closed') return { settle: 'nothing' };
    if (task === 'full') return { settle: 'pause', reason: this.trouble() ?? 'full' };
    const outcome = await task.outcome;
    if (outcome.status === 'succeeded') return outcome.value;
    if (outcome.status !== 'timed-out') return { settle: 'nothing' };
    const late = outcome.late?.value;
    return late?.settle === 'acknowledge' ? late : whenLate();
  }

  /** Its handler held a delivery for too long, and was told to stop. */
  private async giveUp(handling: Handling): Promise<Verdict> {
    const { message, slot, signal } = handling;
    const { type } = message;
    const problem = `the handler of ${type} was not done after ${this.holdTimeoutMs / 1_000} s, and was told to stop`;
    if (this.ordered) return { settle: 'pause', reason: problem };
    const task = this.supervisor.trySpawn(
      `give up ${type}`,
      ({ signal: stop }) =>
        this.parts.pipeline.giveUp(
          { message, slot, signal: stop },
          new SignalboxError('timed-out', problem),
        ),
      { signal },
    );
    return this.verdictOf(task, () => ({ settle: 'nothing' }));
  }
}

function outcomeOf(verdict: Verdict): DeliveryOutcome {
  return verdict.settle === 'acknowledge' ? verdict.outcome : 'requeued';
}
