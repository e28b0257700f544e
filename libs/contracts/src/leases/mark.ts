import { Field } from '../fields/field.js';
import { IsCode } from '../fields/names.js';
import { IsFlag, IsOneOf } from '../fields/scalars.js';

/** The outcomes that a mark can give to what has none. */
export const MARK_OUTCOMES = ['cancelled', 'timed-out', 'skipped'] as const;
export type MarkOutcome = (typeof MARK_OUTCOMES)[number];

/** Says that leased work is to end, and how what has no outcome ends. */
export class LeaseMark {
  @Field('The outcome of what has none.')
  @IsOneOf(MARK_OUTCOMES)
  readonly outcome!: MarkOutcome;

  @Field('Why: `cancelled`, `execution-timeout`, `max-failures` or `expired`.')
  @IsCode()
  readonly code!: string;

  @Field('Whether what runs may finish; otherwise it is aborted.', { default: false })
  @IsFlag()
  readonly finishRunning!: boolean;
}
