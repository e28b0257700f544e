import { Field, Nested } from '../fields/field.js';
import { IsUuid } from '../fields/names.js';
import { IsOneOf, IsWhole } from '../fields/scalars.js';
import { event } from '../registry/definition.js';
import { EXECUTION_STATES, type ExecutionState } from '../tasks/outcomes.js';
import { TargetCounts } from './counts.js';

/** How far an execution is. */
export class ExecutionChanged {
  @Field('The execution.')
  @IsUuid()
  readonly executionId!: string;

  @Field('What it is doing.')
  @IsOneOf(EXECUTION_STATES)
  readonly state!: ExecutionState;

  @Field('How many targets are where.')
  @Nested(() => TargetCounts)
  readonly counts!: TargetCounts;

  @Field('The batch that is running, from 1.')
  @IsWhole(1)
  readonly batch!: number;
}

export const executionChanged = event({
  type: 'execution.changed',
  contract: ExecutionChanged,
  from: 'status',
  record: false,
  watched: true,
  idOf: (body) => body.executionId,
  summary: 'How far an execution is; at most four a second for each.',
  examples: [
    {
      executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
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
    },
  ],
});
