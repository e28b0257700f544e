import { Field } from '../fields/field.js';
import { IsText } from '../fields/scalars.js';
import { reply } from '../registry/definition.js';

/** The command is recorded. */
export class CommandAccepted {
  @Field('The execution or stream that the command is about.')
  @IsText(255, 1)
  readonly id!: string;
}

export const commandAccepted = reply({
  type: 'command.accepted',
  contract: CommandAccepted,
  from: 'status',
  summary: 'The command is recorded. The same command again gets the same reply again.',
  examples: [{ id: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11' }],
});
