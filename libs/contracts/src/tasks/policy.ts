import { Field, Nested } from '../fields/field.js';
import { IsFlag, IsOneOf, IsWhole } from '../fields/scalars.js';
import { ON_LOST, type OnLost } from './outcomes.js';
import { IsShare, IsShares, type Share } from './share.js';

/** The longest that any time limit may be: a year. */
export const MAX_LIMIT_MS = 365 * 24 * 3_600_000;

/** How often a target is tried again. */
export class Retries {
  @Field(
    'Further attempts on a target after the first; attempts lost with an owner do not count.',
    {
      unit: 'attempts',
      default: 0,
    },
  )
  @IsWhole(0, 100)
  readonly limit!: number;

  @Field('Base of the wait before the next attempt; it doubles each time, with full jitter.', {
    unit: 'ms',
    default: 1_000,
  })
  @IsWhole(0, 3_600_000)
  readonly backoffMs!: number;
}

/** In which portions the targets are begun. */
export class Batches {
  @Field(
    'Sizes in turn, counts or percentages of all targets. The first is the canary; the last repeats.',
  )
  @IsShares()
  readonly sizes!: readonly Share[];

  @Field('Wait for `task.resume` after the first batch.', { default: false })
  @IsFlag()
  readonly pauseAfterCanary!: boolean;
}

/** How an execution is to be run. */
export class Policy {
  @Field('Targets at once in this execution, wherever they run.', { unit: 'targets', default: 50 })
  @IsWhole(1, 10_000)
  readonly concurrency!: number;

  @Field("Limit of an attempt on a target. Without it the plugin's own, else 60,000.", {
    unit: 'ms',
    optional: true,
  })
  @IsWhole(1, MAX_LIMIT_MS)
  readonly timeoutMs?: number;

  @Field('Limit of the whole execution, from its first grant, across owners.', {
    unit: 'ms',
    optional: true,
  })
  @IsWhole(1, MAX_LIMIT_MS)
  readonly executionTimeoutMs?: number;

  @Field(
    'When nothing was granted this long after recording, every target is `skipped` with code `expired`.',
    { unit: 'ms', optional: true },
  )
  @IsWhole(1, MAX_LIMIT_MS)
  readonly startWithinMs?: number;

  @Field('How often a target is tried again.', { default: {} })
  @Nested(() => Retries)
  readonly retries!: Retries;

  @Field('In which portions the targets are begun. Without it, all at once.', { optional: true })
  @Nested(() => Batches)
  readonly batches?: Batches;

  @Field(
    'How many targets may fail, a count or a percentage; past it, what has not started is `skipped`. Without it, all may.',
    { unit: 'targets', optional: true },
  )
  @IsShare(0)
  readonly maxFailures?: Share;

  @Field(
    'What happens to a target that ran when its owner vanished. Without it, `retry` where the plugin is idempotent, else `fail`.',
    { optional: true },
  )
  @IsOneOf(ON_LOST)
  readonly onLost?: OnLost;
}
