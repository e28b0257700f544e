import { Field, Nested } from '../fields/field.js';
import { IsCode, IsUuid } from '../fields/names.js';
import { IsOneOf, IsTime } from '../fields/scalars.js';
import { event } from '../registry/definition.js';
import { EXECUTION_OUTCOMES, type ExecutionOutcome } from '../tasks/outcomes.js';
import { TargetCounts } from './counts.js';

/** How an execution ended. */
export class ExecutionFinished {
  @Field('The execution.')
  @IsUuid()
  readonly executionId!: string;

  @Field('How it ended.')
  @IsOneOf(EXECUTION_OUTCOMES)
  readonly outcome!: ExecutionOutcome;

  @Field('Why it did not succeed: an error code.', { optional: true })
  @IsCode()
  readonly code?: string;

  @Field('How many targets ended how.')
  @Nested(() => TargetCounts)
  readonly counts!: TargetCounts;

  @Field('When the first target was granted; absent when none was.', {
    unit: 'ms since 1970',
    optional: true,
  })
  @IsTime()
  readonly startedAt?: number;

  @Field('When the last outcome was recorded.', { unit: 'ms since 1970' })
  @IsTime()
  readonly finishedAt!: number;
}

export const executionFinished = event({
  type: 'execution.finished',
  contract: ExecutionFinished,
  from: 'status',
  record: false,
  watched: true,
  idOf: (body) => body.executionId,
  summary: 'The one ending of an execution.',
  examples: [
    {
      executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
      outcome: 'failed',
      code: 'max-failures',
      counts: {
        total: 200,
        waiting: 0,
        running: 0,
        succeeded: 180,
        failed: 11,
        timedOut: 1,
        cancelled: 0,
        lost: 0,
        skipped: 8,
      },
      startedAt: 1_764_000_000_000,
      finishedAt: 1_764_000_093_512,
    },
  ],
});
