import { DependencyUnavailableError, SignalboxError } from '#contracts';
import type { OutgoingMessage } from './outgoing-message.js';

/** Nobody reads this routing key: the reader has never started, or the key is wrong. */
export class UnroutableError extends SignalboxError {
  constructor(message: OutgoingMessage, cause?: unknown) {
    super(
      'unroutable',
      `no queue takes ${message.properties.type} (exchange ${message.exchange || '(default)'}, key ` +
        `${message.routingKey}): is its reader running? A service declares its queues when it starts`,
      { retryable: true, cause },
    );
  }
}

/** The broker refused a message: a queue is full. Another queue may have taken it: "unknown", never "not sent". */
export class PublishRefusedError extends DependencyUnavailableError {
  constructor(message: OutgoingMessage, options: { cause: unknown }) {
    super(
      `RabbitMQ refused ${message.properties.type} (key ${message.routingKey}): a queue is full`,
      options,
    );
  }
}
