import { SignalboxError, documentId } from '#contracts';
import type { StreamPosition } from '#contracts';
import type { RecordReader, SourceRecord } from '../format/source-record.js';
import type { Beginning, Cursor, ResponseHead } from './cursor.js';

const CONTENT_RANGE = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/;
const MAX_ETAG_LENGTH = 1_024;

/**
 * For sources that are addressed by bytes: `Range` says where to go on, `If-Range` that it must be
 * in the same representation (RFC 9110, 13.1.5 and 14.2). A document is called after the entity tag
 * and the offset it begins at, so reading the same bytes again gives the same documents.
 */
export class ByteCursor implements Cursor {
  readonly #streamId: string;
  #etag: string | undefined;
  #offset: number;
  #reader: RecordReader | undefined;

  constructor(streamId: string, position?: StreamPosition) {
    this.#streamId = streamId;
    this.#etag = position?.etag;
    this.#offset = position?.offset ?? 0;
  }

  requestHeaders(): Record<string, string> {
    const { etag, offset } = this.#place();
    if (etag === undefined || offset === 0) return {};
    return { range: `bytes=${offset}-`, 'if-range': etag };
  }

  begin(head: ResponseHead): Beginning {
    const asked = this.#place();
    this.#reader = undefined;
    this.#offset = asked.offset;
    if (head.status === 200) return this.#whole(head, asked.offset);
    if (head.status === 206) return this.#part(head, asked.offset);
    return this.#unsatisfiable(head, asked.offset);
  }

  follow(reader: RecordReader): void {
    this.#reader = reader;
  }

  identify({ offset }: SourceRecord): string {
    return documentId(this.#streamId, this.#etag ?? '', offset);
  }

  position(): StreamPosition | undefined {
    const { etag, offset } = this.#place();
    return etag === undefined ? undefined : { by: 'bytes', etag, offset };
  }

  forget(): void {
    this.#reader = undefined;
    this.#etag = undefined;
    this.#offset = 0;
  }

  #place(): { readonly etag: string | undefined; readonly offset: number } {
    return { etag: this.#etag, offset: this.#reader?.position ?? this.#offset };
  }

  #whole({ headers }: ResponseHead, asked: number): Beginning {
    const etag = strongTag(headers.etag);
    if (this.#etag !== undefined && asked > 0) {
      const changed = etag === this.#etag ? 'it answered a range with the whole' : 'it changed';
      return { kind: 'gone', reason: `the source cannot go on at byte ${asked}: ${changed}` };
    }
    this.#etag = etag;
    return { kind: 'begins', offset: 0 };
  }

  #part({ headers }: ResponseHead, asked: number): Beginning {
    const start = CONTENT_RANGE.exec(headers['content-range'] ?? '')?.[1];
    const sameTag = headers.etag === undefined || headers.etag === this.#etag;
    if (asked > 0 && sameTag && start !== undefined && Number(start) === asked) {
      return { kind: 'begins', offset: asked };
    }
    throw new SignalboxError(
      'unexpected-response',
      `asked for the bytes of ${this.#etag ?? 'the source'} from ${asked} on, the source answered with "${headers['content-range'] ?? ''}" of ${headers.etag ?? 'no entity tag'}`,
    );
  }

  #unsatisfiable({ headers }: ResponseHead, asked: number): Beginning {
    const size = CONTENT_RANGE.exec(headers['content-range'] ?? '')?.[2];
    if (size !== undefined && Number(size) === asked) return { kind: 'nothing-new' };
    return {
      kind: 'gone',
      reason: `the source has ${size ?? 'fewer'} bytes, byte ${asked} is gone`,
    };
  }
}

/** Only a strong tag promises the same bytes, and only such a one may stand in `If-Range`. */
function strongTag(etag: string | undefined): string {
  if (etag?.startsWith('"') && etag.length <= MAX_ETAG_LENGTH) return etag;
  throw new SignalboxError(
    'unexpected-response',
    `the source sends ${etag === undefined ? 'no entity tag' : `the entity tag ${etag.slice(0, 100)}`}: resuming by bytes needs a strong ETag; resume by none instead`,
  );
}
