import { Field } from '../fields/field.js';
import { IsIndexNameOrAll, IsInstanceId } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { IsTime, IsWhole } from '../fields/scalars.js';

/** Whether an index takes documents, and why not. */
export class IndexBlock {
  @Field('The index, or `*` when the whole store is meant.')
  @IsIndexNameOrAll()
  readonly index!: string;

  @Field('Who says so.')
  @IsInstanceId()
  readonly instanceId!: string;

  @Field('Counts the events of this instance about this index, from 1.')
  @IsWhole(1)
  readonly seq!: number;

  @Field('What the store said.')
  @IsReason()
  readonly reason!: string;

  @Field('Since when.', { unit: 'ms since 1970' })
  @IsTime()
  readonly since!: number;
}
