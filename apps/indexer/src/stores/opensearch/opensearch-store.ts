import { encodeDocuments, type IndexDocument, SignalboxError } from '#contracts';
import { type BulkAnswer, writeBisecting } from '../bisect.js';
import type { DocumentStore } from '../document-store.js';
import { allAre, type ItemResult } from '../item-result.js';
import { MAX_PAGE_BYTES, type SearchPage, type SearchRequest } from '../search-request.js';
import { bulkAnswer } from './bulk-answer.js';
import type { StoreSettings } from '../store-settings.js';
import { Http, type HttpAnswer, type HttpContent, isTooLarge, reasonOf } from './http.js';
import { pageOf, type SearchAnswer, searchBody } from './search-body.js';

const NDJSON = 'application/x-ndjson';
const BULK_PATH = '/_bulk?filter_path=took,errors,items.*.status,items.*.error,items.*._index';

/** Goes the way of a bulk and changes nothing: the index does not exist, and a deletion does not create it. */
const PROBE = Buffer.from('{"delete":{"_index":"signalbox-probe","_id":"probe"}}\n');

/** Documents in OpenSearch (1 to 3) or Elasticsearch (7.17, 8, 9) over plain HTTP: `_bulk` and `_search`. */
export class OpenSearchStore implements DocumentStore {
  readonly name: string;
  private readonly http: Http;
  private readonly timeField: string;

  constructor({ timeField, ...http }: StoreSettings) {
    // A bulk's answer about 10,000 refused documents stays below the bound too.
    this.http = new Http({ ...http, maxAnswerBytes: 8 * MAX_PAGE_BYTES });
    this.name = `search store at ${this.http.address}`;
    this.timeField = timeField;
  }

  async open(signal: AbortSignal): Promise<void> {
    const answer = await this.answer(signal, 'GET', '/');
    if (answer.status !== 200) throw this.http.unavailable(answer);
  }

  write(documents: readonly IndexDocument[], signal: AbortSignal): Promise<readonly ItemResult[]> {
    return writeBisecting(documents, (some) => this.bulk(some, signal));
  }

  async search(request: SearchRequest, signal: AbortSignal): Promise<SearchPage> {
    // Documents are as large as they are: a page that does not fit is asked for again with fewer.
    for (let size = request.size; ; size = Math.ceil(size / 2)) {
      try {
        return await this.searchOnce(request, size, signal);
      } catch (error) {
        if (!isTooLarge(error) || size === 1) throw error;
      }
    }
  }

  async probe(signal: AbortSignal): Promise<void> {
    const answer = await this.answer(signal, 'POST', BULK_PATH, { type: NDJSON, body: PROBE });
    if (answer.status !== 200) throw this.http.unavailable(answer);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async bulk(
    documents: readonly IndexDocument[],
    signal: AbortSignal,
  ): Promise<BulkAnswer> {
    // What a message carries is already what a bulk is made of.
    const content = { type: NDJSON, body: encodeDocuments(documents) } as const;
    try {
      const answer = await this.http.send('POST', BULK_PATH, signal, content);
      return bulkAnswer(answer, documents.length);
    } catch (error) {
      signal.throwIfAborted();
      const reason = reasonOf(error as Error);
      return { results: allAre(documents.length, { class: 'unknown', reason }) };
    }
  }

  private async searchOnce(
    request: SearchRequest,
    size: number,
    signal: AbortSignal,
  ): Promise<SearchPage> {
    const path = `/${encodeURIComponent(request.index)}/_search?ignore_unavailable=true`;
    const body = Buffer.from(JSON.stringify(searchBody(request, this.timeField, size)));
    const answer = await this.answer(signal, 'POST', path, { type: 'application/json', body });
    if (answer.status === 400) {
      throw new SignalboxError(
        'invalid-query',
        `${this.name} refused the query: ${reasonOf(answer)}`,
      );
    }
    if (answer.status !== 200) throw this.http.unavailable(answer);
    return pageOf(answer.body as SearchAnswer, request.sort, size);
  }

  private async answer(
    signal: AbortSignal,
    method: 'GET' | 'POST',
    path: string,
    content?: HttpContent,
  ): Promise<HttpAnswer> {
    try {
      return await this.http.send(method, path, signal, content);
    } catch (error) {
      signal.throwIfAborted();
      if (isTooLarge(error)) throw error;
      throw this.http.unavailable(error as Error);
    }
  }
}
