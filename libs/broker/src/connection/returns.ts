import type { Message } from 'amqplib';
import type { OutgoingMessage } from '../publish/outgoing-message.js';

/**
 * The mandatory messages that came back and whose confirm has not come yet: the broker returns a message first, and confirms it
 * positively then. The two have in common where it was published and its id.
 */
export class Returns {
  private readonly counts = new Map<string, number>();

  /** The broker returned a message. */
  note({ fields, properties }: Message): void {
    const key = keyOf(fields.exchange, fields.routingKey, properties.messageId);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** Whether this message, whose fate is known now, had come back; forgets that it did. */
  take({ exchange, routingKey, properties }: OutgoingMessage): boolean {
    if (this.counts.size === 0) return false;
    const key = keyOf(exchange, routingKey, properties.messageId);
    const count = this.counts.get(key) ?? 0;
    if (count > 1) this.counts.set(key, count - 1);
    else this.counts.delete(key);
    return count > 0;
  }
}

function keyOf(exchange: string, routingKey: string, messageId: unknown): string {
  return JSON.stringify([exchange, routingKey, messageId]);
}
