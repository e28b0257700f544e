import { IsList } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { IsIndexNameOrAll, IsInstanceId } from '../fields/names.js';
import { MAX_PAGE_ITEMS, Page, PageRequest } from '../fields/page.js';
import { IsReason } from '../fields/reason.js';
import { IsOneOf, IsTime, IsWhole } from '../fields/scalars.js';
import { query, reply } from '../registry/definition.js';

/** `blocked`: an indexer that has not ended says that the index takes no documents. `open`: none says so. */
export const INDEX_STATES = ['open', 'blocked'] as const;
export type IndexState = (typeof INDEX_STATES)[number];

/** Asks for indices, in the order of their names. */
export class ListIndices extends PageRequest {
  @Field('Only those in this state.', { optional: true })
  @IsOneOf(INDEX_STATES)
  readonly state?: IndexState;
}

/** An index, as the indexers report it. */
export class IndexSummary {
  @Field('The index, or `*` for the whole store.')
  @IsIndexNameOrAll()
  readonly index!: string;

  @Field('Whether it takes documents. While `*` is blocked, none does.')
  @IsOneOf(INDEX_STATES)
  readonly state!: IndexState;

  @Field('What the store said; with a blocked index.', { optional: true })
  @IsReason()
  readonly reason?: string;

  @Field('Since when it is blocked.', { unit: 'ms since 1970', optional: true })
  @IsTime()
  readonly since?: number;

  @Field('Who says that it is blocked; of several indexers, the one that has said so longest.', {
    optional: true,
  })
  @IsInstanceId()
  readonly instanceId?: string;

  @Field('Documents written.', { unit: 'documents' })
  @IsWhole()
  readonly written!: number;

  @Field('Documents that were there already.', { unit: 'documents' })
  @IsWhole()
  readonly duplicates!: number;

  @Field('Documents that went to the dead letters.', { unit: 'documents' })
  @IsWhole()
  readonly rejected!: number;

  @Field('How often a document had to wait because the index took none.', { unit: 'documents' })
  @IsWhole()
  readonly parked!: number;
}

/** A page of indices. */
export class ListIndicesAnswered extends Page {
  @Field('The indices, in the order of their names.')
  @Nested(() => IndexSummary, 'list')
  @IsList(MAX_PAGE_ITEMS)
  readonly items!: readonly IndexSummary[];
}

export const listIndices = query({
  type: 'index.list',
  contract: ListIndices,
  queue: 'status.queries',
  summary: 'Indices that documents were sent to, and which of them take none.',
  examples: [{ state: 'blocked', limit: 50 }],
});

export const listIndicesAnswered = reply({
  type: 'index.list.answered',
  contract: ListIndicesAnswered,
  from: 'status',
  summary: 'A page of indices.',
  examples: [
    {
      items: [
        {
          index: 'edge-access-2025.11.24',
          state: 'blocked',
          reason: 'disk watermark exceeded: index is read-only',
          since: 1_764_000_000_000,
          instanceId: '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1',
          written: 1_204_000,
          duplicates: 512,
          rejected: 3,
          parked: 480,
        },
      ],
    },
  ],
});
