import { Field } from '../fields/field.js';
import { IsWhole } from '../fields/scalars.js';

/** How many targets of an execution are where. */
export class TargetCounts {
  @Field('All targets.', { unit: 'targets' })
  @IsWhole()
  readonly total!: number;

  @Field('Not begun.', { unit: 'targets' })
  @IsWhole()
  readonly waiting!: number;

  @Field('Begun and without outcome.', { unit: 'targets' })
  @IsWhole()
  readonly running!: number;

  @Field('Ended well.', { unit: 'targets' })
  @IsWhole()
  readonly succeeded!: number;

  @Field('Ended badly.', { unit: 'targets' })
  @IsWhole()
  readonly failed!: number;

  @Field('Took too long.', { unit: 'targets' })
  @IsWhole()
  readonly timedOut!: number;

  @Field('Cancelled.', { unit: 'targets' })
  @IsWhole()
  readonly cancelled!: number;

  @Field('Ran when their owner vanished; how they ended is not known.', { unit: 'targets' })
  @IsWhole()
  readonly lost!: number;

  @Field('Never begun, and will not be.', { unit: 'targets' })
  @IsWhole()
  readonly skipped!: number;
}
