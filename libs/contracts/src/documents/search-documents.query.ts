import { IsJsonObject, IsList } from '../fields/collections.js';
import { Field, Nested, type JsonValue } from '../fields/field.js';
import { IsIndexName, IsIndexSearch } from '../fields/names.js';
import { MAX_PAGE_ITEMS, Page } from '../fields/page.js';
import { IsNumeric, IsOneOf, IsText, IsTime, IsWhole } from '../fields/scalars.js';
import { query, reply } from '../registry/definition.js';

/** In which order hits come. */
export const SEARCH_SORTS = ['relevance', 'newest', 'oldest'] as const;
export type SearchSort = (typeof SEARCH_SORTS)[number];

/** Asks for documents. */
export class SearchDocuments {
  @Field('The index; `*` stands for anything, as in `edge-access-*`.')
  @IsIndexSearch()
  readonly index!: string;

  @Field('Words, "a phrase", -word, OR. Empty: all documents.', { default: '' })
  @IsText(4_096)
  readonly query!: string;

  @Field('Only documents of then or later.', { unit: 'ms since 1970', optional: true })
  @IsTime()
  readonly from?: number;

  @Field('Only documents before.', { unit: 'ms since 1970', optional: true })
  @IsTime()
  readonly to?: number;

  @Field('How many hits at most.', { unit: 'documents', default: 20 })
  @IsWhole(1, MAX_PAGE_ITEMS)
  readonly size!: number;

  @Field('In which order.', { default: 'relevance' })
  @IsOneOf(SEARCH_SORTS)
  readonly sort!: SearchSort;

  @Field('Where to go on: the `nextCursor` of the page before.', { optional: true })
  @IsText(1_024, 1)
  readonly cursor?: string;
}

/** A document that was found. */
export class SearchHit {
  @Field('The index that it is in.')
  @IsIndexName()
  readonly index!: string;

  @Field('Its id.')
  @IsText(512, 1)
  readonly id!: string;

  @Field('How well it fits; comparable within one answer.')
  @IsNumeric()
  readonly score!: number;

  @Field('The document.')
  @IsJsonObject()
  readonly document!: Readonly<Record<string, JsonValue>>;
}

/** A page of hits. */
export class SearchDocumentsAnswered extends Page {
  @Field('The hits, in the order asked for.')
  @Nested(() => SearchHit, 'list')
  @IsList(MAX_PAGE_ITEMS)
  readonly hits!: readonly SearchHit[];

  @Field('How many documents fit in all; the stores stop counting at 10,000.', {
    unit: 'documents',
  })
  @IsWhole()
  readonly total!: number;
}

export const searchDocuments = query({
  type: 'document.search',
  contract: SearchDocuments,
  queue: 'indexer.queries',
  summary: 'Search what was indexed.',
  examples: [
    {
      index: 'edge-access-*',
      query: '"upstream timed out" -healthz',
      from: 1_763_900_000_000,
      to: 1_764_000_000_000,
      size: 20,
      sort: 'newest',
    },
  ],
});

export const searchDocumentsAnswered = reply({
  type: 'document.search.answered',
  contract: SearchDocumentsAnswered,
  from: 'indexer',
  summary: 'A page of hits.',
  examples: [
    {
      hits: [
        {
          index: 'edge-access-2025.11.24',
          id: 'zX8mFf0c4Jk3pYh2nT1QyA',
          score: 0,
          document: {
            time: '2025-11-24T16:00:00.000Z',
            level: 'error',
            message: 'upstream timed out while reading response header',
          },
        },
      ],
      total: 1,
    },
  ],
});
