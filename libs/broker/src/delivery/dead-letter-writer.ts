import { InvalidMessageError, deadQueueOf, type LiveQueueName } from '#contracts';
import type { BrokerLog } from '../broker-log.js';
import type { BrokerMetrics } from '../broker-metrics.js';
import type { Publisher } from '../publish/publisher.js';
import { deadLetterOf, errorCodeOf } from './dead-letter.js';
import type { IncomingMessage } from './incoming-message.js';

export interface DeadLetterWriterParts {
  readonly queue: LiveQueueName;
  readonly publisher: Publisher;
  readonly appId: string;
  readonly log: BrokerLog;
  readonly metrics: BrokerMetrics;
}

/** Puts what a queue's handlers cannot handle into its dead-letter queue, with the reason. */
export class DeadLetterWriter {
  /** Called when letters begin to be refused, and when they no longer are. */
  onChange: () => void = () => undefined;
  /** Letters that the broker has refused and may yet take. */
  private readonly refused = new Set<IncomingMessage>();

  constructor(private readonly parts: DeadLetterWriterParts) {}

  /** Why letters cannot be written; undefined while they can. */
  trouble(): string | undefined {
    if (this.refused.size === 0) return undefined;
    return `${deadQueueOf(this.parts.queue)} is full: replay or discard what is in it`;
  }

  /**
   * Resolves once the broker has the letter; as long as the dead-letter queue is full that takes. Throws the signal's reason,
   * `UnroutableError` when the dead-letter queue is gone, or `DependencyUnavailableError` once the broker connection is closed.
   */
  async write(message: IncomingMessage, error: unknown, signal: AbortSignal): Promise<void> {
    const { queue, log, metrics } = this.parts;
    const { type, messageId } = message;
    const code = errorCodeOf(error);
    await this.publish(message, error, signal);
    metrics.dead(queue, code);
    // A message that cannot be read is its sender's fault; a handler that fails is ours.
    log[error instanceof InvalidMessageError ? 'warn' : 'error'](
      { queue, type, messageId, code, err: error },
      'message dead-lettered',
    );
  }

  private async publish(
    message: IncomingMessage,
    error: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const { queue, publisher, appId } = this.parts;
    const send = (foreignHeaders: boolean): Promise<void> =>
      publisher.send(deadLetterOf(message, queue, error, appId, { foreignHeaders }), signal, () =>
        this.noteRefused(message),
      );
    try {
      await send(true).catch((problem: unknown) => {
        if (!(problem instanceof InvalidMessageError)) throw problem;
        return send(false);
      });
    } finally {
      if (this.refused.delete(message) && this.refused.size === 0) this.onChange();
    }
  }

  private noteRefused(message: IncomingMessage): void {
    const { queue, log } = this.parts;
    if (this.refused.size === 0) log.error({ queue }, 'dead letters are refused; trying again');
    this.refused.add(message);
    if (this.refused.size === 1) this.onChange();
  }
}
