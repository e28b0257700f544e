import { Field } from '../fields/field.js';
import { IsUuid } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { command } from '../registry/definition.js';

/** End an execution, wherever it is. */
export class CancelTask {
  @Field('The execution to end; one that is not known yet is cancelled when it comes, for a day.')
  @IsUuid()
  readonly executionId!: string;

  @Field('Why, for the record.', { optional: true })
  @IsReason()
  readonly reason?: string;
}

export const cancelTask = command({
  type: 'task.cancel',
  contract: CancelTask,
  readBy: 'status; every task-runner by its control queue',
  summary:
    'End an execution: nothing starts any more, what runs is ended and its processes are gone.',
  examples: [
    { executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11', reason: 'wrong release' },
    { executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b12' },
  ],
});
