import { Field } from '../fields/field.js';
import { IsSlug } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { command } from '../registry/definition.js';

/** Follow a stream no further. */
export class StopStream {
  @Field('The stream to stop.')
  @IsSlug()
  readonly streamId!: string;

  @Field('Why, for the record.', { optional: true })
  @IsReason()
  readonly reason?: string;
}

export const stopStream = command({
  type: 'stream.stop',
  contract: StopStream,
  summary: 'Follow a stream no further; its position is kept for a later start.',
  examples: [{ streamId: 'edge-access', reason: 'edge-01 is being replaced' }],
});
