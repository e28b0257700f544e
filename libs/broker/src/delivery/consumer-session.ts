import { DependencyUnavailableError } from '#contracts';
import { Gate, turn, onAbort } from '#supervisor';
import type { ConsumeMessage } from 'amqplib';
import type { BrokerChannel } from '../connection/broker-channel.js';
import { AckGroup } from './ack-group.js';
import type { Verdict } from './delivery-pipeline.js';
import type { Slot, Slots } from './slots.js';

/** Why a session came to its end. */
export type SessionEnd =
  | { readonly because: 'lost' }
  | { readonly because: 'stopped' }
  | { readonly because: 'paused'; readonly reason: string }
  /** A delivery could not be settled: a defect. */
  | { readonly because: 'broken'; readonly error: unknown };

export interface SessionParts {
  readonly channel: BrokerChannel;
  readonly queue: string;
  /**
   * The queue has one reader at a time and its order counts. Then the consumer is never cancelled while it holds deliveries: the broker
   * would give the next reader what comes after them first. Closing the channel gives them back, in order, before anybody else reads.
   */
  readonly ordered: boolean;
  /** Undefined for a consumer without slots. */
  readonly slots: Slots | undefined;
  /** Waits until something may be delivered; resolves with how much at once. */
  readonly room: (signal: AbortSignal) => Promise<number>;
  /**
   * Handles one delivery and says how to settle it; that it rejects is a defect. It ends the slot's part in the delivery. Without a signal it is not
   * stopped by the loss of the channel.
   */
  readonly handle: (
    delivery: ConsumeMessage,
    slot: Slot | undefined,
    signal: AbortSignal | undefined,
  ) => Promise<Verdict>;
  readonly onConsuming: () => void;
}

/** A delivery that is settled once the consumer is cancelled: before, more would arrive than there are slots. */
interface Held {
  readonly delivery: ConsumeMessage;
  readonly verdict: Settling;
}

type Settling = Extract<Verdict, { readonly settle: 'acknowledge' | 'requeue' }>;

/** From one `basic.consume` to its cancel. */
interface Consumption {
  readonly prefetch: number;
  unsettled: number;
  cancelled: boolean;
}

/**
 * One channel of a consumer, from its opening until it is lost, paused or stopped.
 *
 * With slots, the broker is never asked for more than there is room for: when an acknowledgement would let it deliver
 * beyond the free slots, the consumer is cancelled first, and consumes again with what is free. So nothing waits
 * unacknowledged for a slot, and being full costs no delivery attempt.
 *
 * Acknowledgements go out at the end of the turn of the event loop in which their handlers ended, together.
 */
export class ConsumerSession {
  private end: SessionEnd | undefined;
  private readonly ending = new AbortController();
  private readonly deliveries = new AbortController();
  private readonly attention = new Gate();
  private readonly inFlight = new Set<Promise<void>>();
  private readonly afterCancel: Held[] = [];
  private readonly unhandled: ConsumeMessage[] = [];
  private readonly acks: AckGroup;
  private flushing: Promise<void> | undefined;

  constructor(private readonly parts: SessionParts) {
    const { lost } = parts.channel;
    this.acks = new AckGroup((tag, multiple) => parts.channel.ackTag(tag, multiple));
    onAbort(lost, () => this.channelLost());
  }

  /**
   * Consumes until the session ends; when it was stopped, what was being handled is settled by then. Rejects when the broker
   * refuses to let it consume. The channel is for the caller to close.
   */
  async run(): Promise<SessionEnd> {
    const { room } = this.parts;
    for (;;) {
      const prefetch = await room(this.ending.signal).catch((error: unknown) => {
        if (this.end === undefined) throw error;
        return 0;
      });
      if (this.end !== undefined) break;
      await this.consume(prefetch);
    }
    if (this.end.because === 'stopped') await this.handled();
    this.acks.close();
    return this.end;
  }

  /** Takes nothing more; what was delivered is still handled and settled. */
  stop(): void {
    this.finish({ because: 'stopped' });
  }

  /** Takes nothing more until there is room again. An ordered consumer goes on until its prefetch is used up. */
  hold(): void {
    if (!this.parts.ordered) this.attention.open();
  }

  /** Resolves once no delivery is being handled. */
  async handled(): Promise<void> {
    await Promise.all(this.inFlight);
  }

  private async consume(prefetch: number): Promise<void> {
    const { channel, queue, onConsuming } = this.parts;
    const consumption = { prefetch, unsettled: 0, cancelled: false };
    this.acks.prefetch = prefetch;
    this.attention.close();
    try {
      const consumerTag = await channel.consume(
        queue,
        (delivery) => this.onDelivery(delivery, consumption),
        { prefetch },
      );
      onConsuming();
      await this.attention.wait();
      if (this.endsWithChannel) return;
      await channel.cancel(consumerTag);
    } catch (error) {
      // What a dying channel answers says less than why it died.
      if (this.end?.because !== 'lost') throw error;
    }
    consumption.cancelled = true;
    for (const { delivery, verdict } of this.afterCancel.splice(0)) this.settle(delivery, verdict);
    for (const delivery of this.unhandled.splice(0)) this.giveBack(delivery);
  }

  private get endsWithChannel(): boolean {
    return this.end !== undefined && (this.parts.ordered || this.end.because !== 'stopped');
  }

  private onDelivery(delivery: ConsumeMessage, consumption: Consumption): void {
    this.acks.deliver(delivery.fields.deliveryTag);
    // Handled now it would overtake what goes back to the queue.
    if (this.end !== undefined) {
      this.unhandled.push(delivery);
      return;
    }
    this.keepTrack(this.handle(delivery, consumption));
  }

  private keepTrack(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.finish({ because: 'broken', error }))
      .finally(() => this.inFlight.delete(tracked));
    this.inFlight.add(tracked);
  }

  private async handle(delivery: ConsumeMessage, consumption: Consumption): Promise<void> {
    const { slots, handle } = this.parts;
    consumption.unsettled += 1;
    const slot = slots?.reserve();
    const stop = slots ? undefined : this.deliveries.signal;
    const verdict = await handle(delivery, slot, stop);
    if (verdict.settle === 'pause') this.pause(verdict.reason);
    else if (verdict.settle !== 'nothing') this.settleInTime(delivery, verdict, consumption);
  }

  private settleInTime(
    delivery: ConsumeMessage,
    verdict: Settling,
    consumption: Consumption,
  ): void {
    // What was held when it paused goes back whole and in order.
    if (this.end?.because === 'paused') return;
    const { slots } = this.parts;
    consumption.unsettled -= 1;
    const mayArrive = consumption.cancelled ? 0 : consumption.prefetch - consumption.unsettled;
    if (slots === undefined || mayArrive <= slots.free) return this.settle(delivery, verdict);
    this.afterCancel.push({ delivery, verdict });
    this.attention.open();
  }

  private settle(delivery: ConsumeMessage, { settle }: Settling): void {
    if (settle === 'requeue') return this.giveBack(delivery);
    this.acks.finish(delivery.fields.deliveryTag);
    if (this.flushing === undefined) this.keepTrack((this.flushing = this.flushAfterTurn()));
  }

  private giveBack(delivery: ConsumeMessage): void {
    this.parts.channel.requeue(delivery);
    this.acks.giveBack(delivery.fields.deliveryTag);
  }

  private async flushAfterTurn(): Promise<void> {
    await turn();
    this.flushing = undefined;
    this.acks.flush();
  }

  private pause(reason: string): void {
    this.finish({ because: 'paused', reason });
    this.deliveries.abort(new DependencyUnavailableError('the delivery went back to the queue'));
  }

  private channelLost(): void {
    this.finish({ because: 'lost' });
    this.deliveries.abort(this.parts.channel.lost.reason);
  }

  private finish(end: SessionEnd): void {
    if (this.end !== undefined) return;
    this.end = end;
    this.ending.abort();
    this.attention.open();
  }
}
