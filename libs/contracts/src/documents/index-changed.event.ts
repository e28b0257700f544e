import { Field } from '../fields/field.js';
import { IsIndexName, IsInstanceId } from '../fields/names.js';
import { IsWhole } from '../fields/scalars.js';
import { event } from '../registry/definition.js';

/** What an indexer has done with an index since it started. */
export class IndexChanged {
  @Field('The index.')
  @IsIndexName()
  readonly index!: string;

  @Field('Who says so.')
  @IsInstanceId()
  readonly instanceId!: string;

  @Field('Counts the events of this instance about this index, from 1.')
  @IsWhole(1)
  readonly seq!: number;

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

export const indexChanged = event({
  type: 'index.changed',
  contract: IndexChanged,
  from: 'indexer',
  record: true,
  watched: false,
  idOf: (body) => body.index,
  summary: 'What an indexer has done with an index; cumulative, once a second.',
  examples: [
    {
      index: 'edge-access-2025.11.24',
      instanceId: '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1',
      seq: 41,
      written: 1_204_000,
      duplicates: 512,
      rejected: 3,
      parked: 0,
    },
  ],
});
