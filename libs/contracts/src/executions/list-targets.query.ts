import { IsList } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { IsInstanceId, IsUuid } from '../fields/names.js';
import { MAX_PAGE_ITEMS, Page, PageRequest } from '../fields/page.js';
import { IsOneOf, IsWhole } from '../fields/scalars.js';
import { query, reply } from '../registry/definition.js';
import { TARGET_STATES, type TargetState } from '../tasks/outcomes.js';
import { TargetDetails } from '../tasks/target-change.js';

/** The states that a target can have in the record: `waiting` until its first attempt. */
export const RECORDED_TARGET_STATES = ['waiting', ...TARGET_STATES] as const;
export type RecordedTargetState = 'waiting' | TargetState;

/** Asks for the targets of an execution, in the order of the command. */
export class ListTargets extends PageRequest {
  @Field('The execution.')
  @IsUuid()
  readonly executionId!: string;

  @Field('Only those in this state.', { optional: true })
  @IsOneOf(RECORDED_TARGET_STATES)
  readonly state?: RecordedTargetState;
}

/** A target of an execution, as recorded. */
export class TargetItem extends TargetDetails {
  @Field('`waiting` until its first attempt, then as its owner said last.')
  @IsOneOf(RECORDED_TARGET_STATES)
  readonly state!: RecordedTargetState;

  @Field('The instance that owns the chunk of the target; absent when nobody does.', {
    optional: true,
  })
  @IsInstanceId()
  readonly owner?: string;

  @Field("The epoch of the chunk's lease; absent before the chunk was first due.", {
    optional: true,
  })
  @IsWhole(1)
  readonly epoch?: number;
}

/** A page of targets. */
export class ListTargetsAnswered extends Page {
  @Field('The targets, in the order of the command.')
  @Nested(() => TargetItem, 'list')
  @IsList(MAX_PAGE_ITEMS)
  readonly items!: readonly TargetItem[];
}

export const listTargets = query({
  type: 'execution.targets',
  contract: ListTargets,
  queue: 'status.queries',
  summary: 'The targets of an execution, in the order of the command.',
  examples: [{ executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11', state: 'failed', limit: 50 }],
});

export const listTargetsAnswered = reply({
  type: 'execution.targets.answered',
  contract: ListTargetsAnswered,
  from: 'status',
  summary: 'A page of targets.',
  examples: [
    {
      items: [
        {
          target: 'deploy@edge-03.example.net',
          state: 'failed',
          attempt: 3,
          startedAt: 1_764_000_001_020,
          endedAt: 1_764_000_001_990,
          code: 'exit-code',
          message: 'the command ended with exit code 5',
          exitCode: 5,
          termination: 'proven',
          output: { tail: 'Unit edge-proxy.service not found.\n', bytes: 35, truncated: false },
          owner: '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1',
          epoch: 1,
        },
      ],
    },
  ],
});
