import { Deferred } from '#supervisor';
import type { ConsumeMessage } from 'amqplib';
import type { BrokerChannel } from '../connection/broker-channel.js';
import type { Verdict } from './delivery-pipeline.js';
import type { Slot, Slots } from './slots.js';

/** Why a session came to its end. */
export type SessionEnd =
  | { readonly because: 'lost' }
  | { readonly because: 'stopped' }
  | { readonly because: 'paused'; readonly reason: string };

export interface SessionParts {
  readonly channel: BrokerChannel;
  readonly queue: string;
  readonly prefetch: number;
  /** Undefined for a consumer without slots. */
  readonly slots: Slots | undefined;
  /** Resolves when a slot is free. */
  readonly room: (signal: AbortSignal) => Promise<void>;
  /** Handles one delivery and says how to settle it; never rejects. */
  readonly handle: (delivery: ConsumeMessage, slot: Slot | undefined) => Promise<Verdict>;
  readonly onConsuming: () => void;
}

/** From one `basic.consume` to its cancel. */
interface Consumption {
  readonly prefetch: number;
  unsettled: number;
}

/**
 * One channel of a consumer, from its opening until it is lost, paused or stopped.
 *
 * With slots, the broker is never asked for more than there is room for: when an acknowledgement would let it deliver
 * beyond the free slots, the consumer is cancelled first, and consumes again with what is free. So nothing waits
 * unacknowledged for a slot, and being full costs no delivery attempt.
 */
export class ConsumerSession {
  private readonly ended = new AbortController();
  private end: SessionEnd = { because: 'lost' };
  private attention = new Deferred();
  private readonly acksAfterCancel: ConsumeMessage[] = [];

  constructor(private readonly parts: SessionParts) {}

  /** Consumes until the session ends. Rejects when the broker refuses to let it consume. */
  async run(): Promise<SessionEnd> {
    const { channel, onConsuming } = this.parts;
    channel.lost.addEventListener('abort', () => this.finish({ because: 'lost' }), { once: true });
    if (channel.lost.aborted) this.finish({ because: 'lost' });
    while (!this.ended.signal.aborted) {
      await this.parts.room(this.ended.signal).catch(() => undefined);
      if (this.ended.signal.aborted) break;
      const consumerTag = await this.consume();
      onConsuming();
      await this.attention.promise;
      if (channel.lost.aborted) break;
      await channel.cancel(consumerTag);
      this.attention = new Deferred();
      for (const delivery of this.acksAfterCancel.splice(0)) channel.ack(delivery);
    }
    return this.end;
  }

  /** Takes nothing more; what was delivered is still handled and settled. */
  stop(): void {
    this.finish({ because: 'stopped' });
  }

  private async consume(): Promise<string> {
    const { channel, queue, slots, prefetch } = this.parts;
    const consumption: Consumption = {
      prefetch: slots === undefined ? prefetch : Math.min(prefetch, slots.free),
      unsettled: 0,
    };
    return channel.consume(queue, (delivery) => void this.onDelivery(delivery, consumption), {
      prefetch: consumption.prefetch,
    });
  }

  private async onDelivery(delivery: ConsumeMessage, consumption: Consumption): Promise<void> {
    consumption.unsettled += 1;
    const slot = this.parts.slots?.reserve();
    const verdict = await this.parts.handle(delivery, slot);
    slot?.deliveryEnded();
    if (verdict.settle === 'pause') this.finish({ because: 'paused', reason: verdict.reason });
    if (verdict.settle === 'acknowledge') this.acknowledge(delivery, consumption);
  }

  private acknowledge(delivery: ConsumeMessage, consumption: Consumption): void {
    const { channel, slots } = this.parts;
    consumption.unsettled -= 1;
    const mayArrive = consumption.prefetch - consumption.unsettled;
    if (slots === undefined || mayArrive <= slots.free) return channel.ack(delivery);
    this.acksAfterCancel.push(delivery);
    this.attention.resolve();
  }

  private finish(end: SessionEnd): void {
    if (this.ended.signal.aborted) return;
    this.end = end;
    this.ended.abort();
    this.attention.resolve();
  }
}
