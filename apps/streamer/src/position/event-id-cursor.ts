import { documentId } from '#contracts';
import type { StreamPosition } from '#contracts';
import type { RecordReader, SourceRecord } from '../format/source-record.js';
import type { Beginning, Cursor, ResponseHead } from './cursor.js';
import { OrdinalCursor } from './ordinal-cursor.js';

/**
 * For event streams with ids: `Last-Event-ID` says behind which event to go on. A document is called
 * after that id and its number under it. While the source gives no id, or after it reset it with an
 * empty one, there is nothing to go on from, and documents are called as for a source that cannot
 * be resumed.
 */
export class EventIdCursor implements Cursor {
  readonly #streamId: string;
  readonly #unnamed: OrdinalCursor;
  #lastEventId: string;
  #begun: boolean;
  #reader: RecordReader | undefined;

  constructor(streamId: string, epoch: number, position?: StreamPosition) {
    this.#streamId = streamId;
    this.#unnamed = new OrdinalCursor(streamId, epoch, position);
    this.#lastEventId = position?.eventId ?? '';
    this.#begun = position !== undefined;
  }

  /** Behind which event the next request goes on; empty when there is none. */
  get lastEventId(): string {
    return this.#reader?.lastEventId ?? this.#lastEventId;
  }

  requestHeaders(): Record<string, string> {
    const id = this.lastEventId;
    // The standard sends the id in UTF-8; a header's text stands for bytes.
    return id === '' ? {} : { 'last-event-id': Buffer.from(id).toString('latin1') };
  }

  begin(head: ResponseHead): Beginning {
    this.#lastEventId = this.lastEventId;
    this.#reader = undefined;
    const beginning = this.#unnamed.begin(head);
    if (beginning.kind !== 'begins') return beginning;
    this.#begun = true;
    return this.#lastEventId === '' ? beginning : { kind: 'begins', offset: 0 };
  }

  follow(reader: RecordReader): void {
    this.#reader = reader;
  }

  identify(record: SourceRecord): string {
    const { lastEventId = '', ordinal = 0 } = record.event ?? {};
    if (lastEventId === '') return this.#unnamed.identify(record);
    return documentId(this.#streamId, lastEventId, ordinal);
  }

  position(): StreamPosition | undefined {
    return this.#begun ? { by: 'event-id', eventId: this.lastEventId } : undefined;
  }

  forget(): void {
    this.#reader = undefined;
    this.#lastEventId = '';
    this.#unnamed.forget();
  }
}
