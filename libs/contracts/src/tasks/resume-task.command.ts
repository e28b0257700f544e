import { Field } from '../fields/field.js';
import { IsUuid } from '../fields/names.js';
import { command } from '../registry/definition.js';

/** Go on with a paused execution. */
export class ResumeTask {
  @Field('The execution to go on with.')
  @IsUuid()
  readonly executionId!: string;
}

export const resumeTask = command({
  type: 'task.resume',
  contract: ResumeTask,
  summary: 'Go on with an execution that was paused, by `task.pause` or after its canary.',
  examples: [{ executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11' }],
});
