import { Field, Nested } from '../fields/field.js';
import { IsCode } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { IsFlag, IsOneOf, IsText, IsTime, IsWhole } from '../fields/scalars.js';
import { TARGET_STATES, TERMINATIONS, type TargetState, type Termination } from './outcomes.js';
import { IsTarget } from './target.js';

/** What a target printed. */
export class OutputTail {
  @Field('The end of it, at most `tailBytes`; bytes that are not UTF-8 are replaced.')
  @IsText(16_384)
  readonly tail!: string;

  @Field('How much the target printed in all.', { unit: 'bytes' })
  @IsWhole()
  readonly bytes!: number;

  @Field('Whether it printed more than `capBytes`.')
  @IsFlag()
  readonly truncated!: boolean;
}

/** What is known of one target, its state aside. */
export class TargetDetails {
  @Field('The target, as the command names it.')
  @IsTarget()
  readonly target!: string;

  @Field('The attempt, from 1 across owners; 0 when the target was never tried.')
  @IsWhole(0, 1_000_000)
  readonly attempt!: number;

  @Field('When this attempt began.', { unit: 'ms since 1970', optional: true })
  @IsTime()
  readonly startedAt?: number;

  @Field('When it ended.', { unit: 'ms since 1970', optional: true })
  @IsTime()
  readonly endedAt?: number;

  @Field('Why it did not succeed: an error code.', { optional: true })
  @IsCode()
  readonly code?: string;

  @Field('The same for people.', { optional: true })
  @IsReason()
  readonly message?: string;

  @Field('The exit code of the command.', { optional: true })
  @IsWhole(0, 4_294_967_295)
  readonly exitCode?: number;

  @Field('The status of the response.', { optional: true })
  @IsWhole(100, 999)
  readonly httpStatus?: number;

  @Field('How sure it is that the processes of the attempt are gone.', { optional: true })
  @IsOneOf(TERMINATIONS)
  readonly termination?: Termination;

  @Field('What the target printed.', { optional: true })
  @Nested(() => OutputTail)
  readonly output?: OutputTail;
}

/** The whole small state of one target, as of now. */
export class TargetChange extends TargetDetails {
  @Field('`started` for every attempt, `retrying` between two, then the outcome.')
  @IsOneOf(TARGET_STATES)
  readonly state!: TargetState;
}
