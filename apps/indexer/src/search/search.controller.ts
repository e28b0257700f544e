import { SearchDocuments, SearchDocumentsAnswered } from '#contracts';
import { DeliveryContext, OnQuery } from '#broker';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { DocumentStore } from '../stores/document-store.js';
import { DOCUMENT_STORE } from '../stores/stores.providers.js';
import { decodeCursor } from './cursor.js';
import { searchAnswer } from './search-answer.js';

/** Answers searches. */
@Controller()
export class SearchController {
  constructor(@Inject(DOCUMENT_STORE) private readonly store: DocumentStore) {}

  /** Fails with `invalid-cursor`, `invalid-query`, or `dependency-unavailable`. */
  @OnQuery('document.search')
  async onSearch(
    @Payload() { index, query, from, to, size, sort, cursor }: SearchDocuments,
    @Ctx() { signal }: DeliveryContext,
  ): Promise<SearchDocumentsAnswered> {
    const after = cursor === undefined ? undefined : decodeCursor(sort, cursor);
    const request = { index, query, fromMs: from, toMs: to, size, sort, after };
    return searchAnswer(await this.store.search(request, signal), sort);
  }
}
