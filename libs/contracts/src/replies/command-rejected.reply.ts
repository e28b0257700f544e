import { Field } from '../fields/field.js';
import { IsCode } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { IsText } from '../fields/scalars.js';
import { reply } from '../registry/definition.js';

/** The command is refused; the refusal is recorded. */
export class CommandRejected {
  @Field(
    'The execution or stream that the command is about; where that cannot be read, the message id, or absent.',
    {
      optional: true,
    },
  )
  @IsText(255, 1)
  readonly id?: string;

  @Field('Why: an error code.')
  @IsCode()
  readonly code!: string;

  @Field('The same for people.')
  @IsReason()
  readonly reason!: string;
}

export const commandRejected = reply({
  type: 'command.rejected',
  contract: CommandRejected,
  from: 'status',
  summary: 'The command is refused, and changes nothing.',
  examples: [
    {
      id: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
      code: 'contract-violated',
      reason:
        'task.run is not valid: policy.timeoutMs: must be an integer from 1 to 31,536,000,000, got -5',
    },
  ],
});
