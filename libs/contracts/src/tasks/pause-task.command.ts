import { Field } from '../fields/field.js';
import { IsUuid } from '../fields/names.js';
import { command } from '../registry/definition.js';

/** Begin no further target of an execution. */
export class PauseTask {
  @Field('The execution to pause.')
  @IsUuid()
  readonly executionId!: string;
}

export const pauseTask = command({
  type: 'task.pause',
  contract: PauseTask,
  summary: 'Begin no further target of an execution; what runs goes on.',
  examples: [{ executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11' }],
});
