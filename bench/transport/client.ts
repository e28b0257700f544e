import type { TargetsChanged } from '#contracts';
import type { Closable } from '../clients/reading.ts';

/** Publishes messages; each promise fulfils when the broker has confirmed its message, and rejects when no queue took it. */
export interface PublishingClient extends Closable {
  readonly publish: (message: TargetsChanged) => Promise<void>;
}

/** One way to publish and to consume, with the same guarantees as the others. */
export interface Client {
  /** A message as it lies in the queue for this client, whose readers expect an envelope of their own. */
  readonly envelope: (message: TargetsChanged) => object;
  publishing(amqpUrl: string): Promise<PublishingClient>;
  /** Until closed, calls `handle` for each message, and acknowledges it when that has returned; closing settles what was handled before. */
  consuming(amqpUrl: string, handle: (message: TargetsChanged) => void): Promise<Closable>;
}
