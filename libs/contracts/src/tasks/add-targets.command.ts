import { Field } from '../fields/field.js';
import { IsUuid } from '../fields/names.js';
import { IsWhole } from '../fields/scalars.js';
import { command } from '../registry/definition.js';
import { IsTargets } from './target.js';

/** A page of targets, sent before the `task.run` that names them. */
export class AddTargets {
  @Field('The execution that the targets are for.')
  @IsUuid()
  readonly executionId!: string;

  @Field('Which page this is, from 1.')
  @IsWhole(1, 10_000)
  readonly page!: number;

  @Field('1 to 5,000 targets `[user@]host[:port]`; distinct over all pages.')
  @IsTargets()
  readonly targets!: readonly string[];
}

export const addTargets = command({
  type: 'task.targets',
  contract: AddTargets,
  summary:
    'A page of targets for an execution with more than a message carries. Publish `task.run` when every page is confirmed; pages without a command go after a day.',
  examples: [
    {
      executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b12',
      page: 1,
      targets: ['cache-00001.example.net', '192.0.2.17:8443', '[2001:db8::17]:8443'],
    },
  ],
});
