import { Field, Nested } from '../fields/field.js';
import { IsCode, IsSlug, IsUuid } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { IsOneOf, IsText, IsTime, IsWhole } from '../fields/scalars.js';
import {
  EXECUTION_OUTCOMES,
  EXECUTION_STATES,
  type ExecutionOutcome,
  type ExecutionState,
} from '../tasks/outcomes.js';
import { TargetCounts } from './counts.js';

/** An execution in a few lines. */
export class ExecutionSummary {
  @Field('The execution.')
  @IsUuid()
  readonly executionId!: string;

  @Field('What it runs.')
  @IsSlug()
  readonly plugin!: string;

  @Field('Who asked: the user that the broker validated, else `unverified`.')
  @IsText(255)
  readonly requestedBy!: string;

  @Field('What it is doing, then how it ended.')
  @IsOneOf(EXECUTION_STATES)
  readonly state!: ExecutionState;

  @Field('How it ended; absent while it has not.', { optional: true })
  @IsOneOf(EXECUTION_OUTCOMES)
  readonly outcome?: ExecutionOutcome;

  @Field('Why it did not succeed: an error code.', { optional: true })
  @IsCode()
  readonly code?: string;

  @Field('The same for people.', { optional: true })
  @IsReason()
  readonly reason?: string;

  @Field('How many targets are where.')
  @Nested(() => TargetCounts)
  readonly counts!: TargetCounts;

  @Field('The batch that is running, from 1.')
  @IsWhole(1)
  readonly batch!: number;

  @Field('When the command was recorded.', { unit: 'ms since 1970' })
  @IsTime()
  readonly recordedAt!: number;

  @Field('When the first chunk was granted; absent before.', {
    unit: 'ms since 1970',
    optional: true,
  })
  @IsTime()
  readonly startedAt?: number;

  @Field('When the last outcome was recorded; absent before.', {
    unit: 'ms since 1970',
    optional: true,
  })
  @IsTime()
  readonly finishedAt?: number;
}

/** What the examples about executions share. */
export const summaryExample = {
  executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
  plugin: 'ssh',
  requestedBy: 'release-desk',
  state: 'running',
  counts: {
    total: 200,
    waiting: 120,
    running: 20,
    succeeded: 58,
    failed: 2,
    timedOut: 0,
    cancelled: 0,
    lost: 0,
    skipped: 0,
  },
  batch: 2,
  recordedAt: 1_763_999_999_700,
  startedAt: 1_764_000_000_000,
} satisfies ExecutionSummary;
