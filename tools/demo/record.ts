import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Broker, NO_LOG } from '#broker';
import {
  ListStreams,
  ListStreamsAnswered,
  SearchDocuments,
  SearchDocumentsAnswered,
  checkMessage,
  type Contract,
  type StreamSummary,
} from '#contracts';
import { Store } from './store.ts';

const ASK_EVERY_MS = 100;
const ANSWER_TIMEOUT_MS = 10_000;

/** Gives commands to the mesh, and asks what it has recorded (over the broker) and indexed (in the store itself). */
export class MeshRecord {
  private readonly broker: Broker;
  private readonly store: Store;

  constructor(amqpUrl: string, searchUrl: string) {
    this.store = new Store(searchUrl);
    this.broker = new Broker({
      url: amqpUrl,
      service: 'cli',
      processId: randomUUID(),
      log: NO_LOG,
    });
    this.broker.start();
  }

  /** Gives a command, without waiting until it is recorded. */
  async give<T extends object>(contract: Contract<T>, body: T): Promise<void> {
    await this.broker.publisher.publish(contract, body);
  }

  /** How many documents of an index a search finds. */
  async found(index: string, query: string): Promise<number> {
    const search = checkMessage(SearchDocuments, { index, query, size: 1 });
    const answer = await this.broker.requester.request(SearchDocuments, search, {
      timeoutMs: ANSWER_TIMEOUT_MS,
    });
    return (answer as SearchDocumentsAnswered).total;
  }

  /** A stream as recorded; undefined when there is none of this id. */
  async stream(streamId: string): Promise<StreamSummary | undefined> {
    const list = checkMessage(ListStreams, { limit: 100 });
    const answer = await this.broker.requester.request(ListStreams, list, {
      timeoutMs: ANSWER_TIMEOUT_MS,
    });
    return (answer as ListStreamsAnswered).items.find((item) => item.streamId === streamId);
  }

  /**
   * Waits until so many documents are in the store. Gives up, with the number there is, once the stream has ended and for
   * `patienceMs` no further one appeared.
   */
  async untilFound(
    { index, streamId, documents }: { index: string; streamId: string; documents: number },
    {
      patienceMs,
      signal,
      onProgress,
    }: {
      patienceMs: number;
      signal: AbortSignal;
      onProgress: (found: number) => void;
    },
  ): Promise<number> {
    let last = 0;
    for (let changedAt = performance.now(); ;) {
      const found = await this.store.count(index);
      if (found !== last) {
        changedAt = performance.now();
        onProgress(found);
      }
      last = found;
      if (found >= documents) return found;
      if (performance.now() - changedAt > patienceMs && (await this.ended(streamId))) return found;
      await pause(ASK_EVERY_MS, undefined, { signal });
    }
  }

  /** Waits until the record says that the stream has ended, at most `patienceMs`. */
  async untilEnded(streamId: string, patienceMs: number, signal: AbortSignal): Promise<string> {
    for (const startedAt = performance.now(); performance.now() - startedAt < patienceMs;) {
      if (await this.ended(streamId)) break;
      await pause(ASK_EVERY_MS, undefined, { signal });
    }
    return (await this.stream(streamId))?.state ?? 'unknown';
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.broker.close();
  }

  private async ended(streamId: string): Promise<boolean> {
    const state = (await this.stream(streamId))?.state;
    return state === 'stopped' || state === 'failed';
  }
}
