import { Field } from '../fields/field.js';
import { IsCode } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { IsFlag } from '../fields/scalars.js';
import { reply } from '../registry/definition.js';

/** A query has no answer. */
export class QueryFailed {
  @Field('Why: an error code.')
  @IsCode()
  readonly code!: string;

  @Field('The same for people.')
  @IsReason()
  readonly reason!: string;

  @Field('Whether asking again later can help.')
  @IsFlag()
  readonly retryable!: boolean;
}

export const queryFailed = reply({
  type: 'query.failed',
  contract: QueryFailed,
  from: 'status, indexer',
  summary: 'A query has no answer.',
  examples: [
    {
      code: 'not-found',
      reason: 'no execution 0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b19 is recorded',
      retryable: false,
    },
  ],
});
