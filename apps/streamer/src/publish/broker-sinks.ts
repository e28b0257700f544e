import { randomUUID } from 'node:crypto';
import { UnroutableError, deadLetter } from '#broker';
import type { OutgoingMessage, Publisher } from '#broker';
import { SignalboxError } from '#contracts';
import type { DeadQueueName } from '#contracts';
import { fullJitter, sleep } from '#supervisor';
import type { RejectedRecord } from '../document/rejected-record.js';
import type { BatchSink } from './batch-sink.js';

const DEAD_LINES: DeadQueueName = 'streamer.lines.dead';
const BACKOFF = { baseMs: 200, capMs: 5_000 };

/**
 * Publishes the documents of streams to the indexers, and what became no document to the dead lines,
 * with the broker's confirm. A full queue makes it wait: that is how a slow index slows a source. So
 * does a queue that nobody has declared yet; {@link trouble} says so.
 */
export class BrokerSinks {
  readonly #publisher: Publisher;
  readonly #appId: string;
  #unroutable: string | undefined;

  constructor(publisher: Publisher, appId: string) {
    this.#publisher = publisher;
    this.#appId = appId;
  }

  /** Why documents cannot be published; nothing while they can. */
  trouble(): string | undefined {
    return this.#unroutable;
  }

  /** The sink of one stream. */
  of(streamId: string): BatchSink {
    return {
      publish: (documents, signal) =>
        this.#untilRouted(signal, () => this.#publisher.publishDocuments(documents, { signal })),
      bury: async (rejected, signal) => {
        const letters = rejected.map((record) => this.#letter(streamId, record));
        await Promise.all(
          letters.map((letter) =>
            this.#untilRouted(signal, () => this.#publisher.send(letter, signal)),
          ),
        );
      },
    };
  }

  async #untilRouted(signal: AbortSignal, publish: () => Promise<void>): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await publish();
        this.#unroutable = undefined;
        return;
      } catch (error) {
        if (!(error instanceof UnroutableError)) throw error;
        this.#unroutable = error.message;
        await sleep(fullJitter(attempt, BACKOFF), signal);
      }
    }
  }

  #letter(streamId: string, record: RejectedRecord): OutgoingMessage {
    const { code, reason, bytes, offset, lengthBytes } = record;
    return deadLetter(DEAD_LINES, bytes, {
      type: 'stream.line',
      messageId: randomUUID(),
      appId: this.#appId,
      headers: {
        'signalbox-stream': streamId,
        'signalbox-offset': offset,
        'signalbox-length': lengthBytes,
      },
      reason: {
        queue: DEAD_LINES,
        error: new SignalboxError(code, reason),
        failedAt: Date.now(),
      },
    });
  }
}
