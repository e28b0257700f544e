import { Field } from '../fields/field.js';
import { IsIndexTemplate } from '../fields/names.js';
import { IsWhole } from '../fields/scalars.js';

/** What is kept of a target's output. */
export class OutputSettings {
  @Field(
    'What is read of a target; the rest is read and thrown away, and the output marked truncated.',
    {
      unit: 'bytes',
      default: 262_144,
    },
  )
  @IsWhole(0, 1_073_741_824)
  readonly capBytes!: number;

  @Field('The end of the output that the record keeps.', { unit: 'bytes', default: 4_096 })
  @IsWhole(0, 16_384)
  readonly tailBytes!: number;

  @Field('The index that gets one document for each line of output. Without it, none does.', {
    optional: true,
  })
  @IsIndexTemplate()
  readonly index?: string;
}
