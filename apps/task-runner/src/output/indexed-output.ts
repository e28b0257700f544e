import {
  documentId,
  type IndexDocument,
  MAX_DOCUMENT_BATCH_BYTES,
  MAX_DOCUMENTS_PER_MESSAGE,
  resolveIndexName,
} from '#contracts';
import type { OutputPiece } from './output-capture.js';
import { type OutputLine, OutputLines } from './output-lines.js';
import type { OutputSink, OutputSource } from './output-sink.js';

/** Publishes documents. Resolves when the broker has them; rejects when it never will. */
export type PublishDocuments = (documents: readonly IndexDocument[]) => Promise<void>;

/** Any day may be named: the time is when a line was read, not what somebody else wrote into it. */
const ANY_DAY = { from: 0, to: Number.MAX_SAFE_INTEGER };

/**
 * Makes one document of each line of an attempt's output. A line has the same id however often it is
 * published: the hash of execution, target, attempt and its number. While the document queue is
 * full the next piece is not read.
 */
export class IndexedOutput implements OutputSink {
  private readonly lines = new OutputLines();

  /**
   * @param index the index, or its pattern by day.
   * @param onLost hears how many lines could not be published, and why.
   */
  constructor(
    private readonly source: OutputSource,
    private readonly index: string,
    private readonly publish: PublishDocuments,
    private readonly onLost: (lines: number, error: unknown) => void,
    private readonly now: () => number = Date.now,
  ) {}

  write(piece: OutputPiece): Promise<void> {
    return this.send(this.lines.push(piece));
  }

  end(): Promise<void> {
    return this.send(this.lines.end());
  }

  private async send(lines: readonly OutputLine[]): Promise<void> {
    for (const batch of batchesOf(lines.map((line) => this.documentOf(line)))) {
      try {
        await this.publish(batch);
      } catch (error) {
        this.onLost(batch.length, error);
      }
    }
  }

  private documentOf({ channel, ordinal, text }: OutputLine): IndexDocument {
    const { executionId, plugin, target, attempt } = this.source;
    const time = this.now();
    const source = {
      '@timestamp': new Date(time).toISOString(),
      message: text,
      executionId,
      plugin,
      target,
      attempt,
      channel,
      ordinal,
    };
    return {
      index: resolveIndexName(this.index, time, ANY_DAY),
      id: documentId(executionId, target, attempt, ordinal),
      source: Buffer.from(JSON.stringify(source)),
    };
  }
}

/** In order, each small enough for a message. */
function batchesOf(documents: readonly IndexDocument[]): IndexDocument[][] {
  const batches: IndexDocument[][] = [];
  let roomBytes = 0;
  for (const document of documents) {
    const batch = batches.at(-1);
    roomBytes -= document.source.length;
    if (batch && roomBytes >= 0 && batch.length < MAX_DOCUMENTS_PER_MESSAGE) {
      batch.push(document);
    } else {
      batches.push([document]);
      roomBytes = MAX_DOCUMENT_BATCH_BYTES - document.source.length;
    }
  }
  return batches;
}
