import { documentId } from '#contracts';
import type { StreamPosition } from '#contracts';
import type { RecordReader, SourceRecord } from '../format/source-record.js';
import type { Beginning, Cursor, ResponseHead } from './cursor.js';

/**
 * For sources that cannot be resumed. A document is called after its place in this epoch and
 * connection, so it goes through us once; what the source says between two connections is lost,
 * and every new connection says so.
 */
export class OrdinalCursor implements Cursor {
  readonly #streamId: string;
  readonly #epoch: number;
  readonly #earlier: StreamPosition | undefined;
  #interrupted: boolean;
  #connection = 0;
  #ordinal = 0;

  /** @param earlier where an earlier epoch stood: what came between then and now is lost. */
  constructor(streamId: string, epoch: number, earlier?: StreamPosition) {
    this.#streamId = streamId;
    this.#epoch = epoch;
    this.#earlier = earlier;
    this.#interrupted = earlier !== undefined;
  }

  requestHeaders(): Record<string, string> {
    return {};
  }

  begin({ status }: ResponseHead): Beginning {
    if (status !== 200) return { kind: 'gone', reason: `answered ${status} to a plain request` };
    const interrupted = this.#interrupted;
    this.#interrupted = true;
    this.#connection += 1;
    this.#ordinal = 0;
    if (!interrupted) return { kind: 'begins', offset: 0 };
    return { kind: 'begins', offset: 0, lost: 'the source cannot be resumed' };
  }

  follow(_reader: RecordReader): void {
    // The place in the connection is counted here.
  }

  identify(_record: SourceRecord): string {
    this.#ordinal += 1;
    return documentId(this.#streamId, this.#epoch, this.#connection, this.#ordinal);
  }

  position(): StreamPosition | undefined {
    if (this.#connection === 0) return this.#earlier;
    return { by: 'none', connection: this.#connection, ordinal: this.#ordinal };
  }

  forget(): void {
    this.#interrupted = false;
  }
}
