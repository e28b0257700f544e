import { Field } from '../fields/field.js';
import { IsSlug } from '../fields/names.js';
import { query, reply } from '../registry/definition.js';
import { StreamSummary, streamExample } from './summary.js';

/** Asks for one stream. */
export class GetStream {
  @Field('The stream.')
  @IsSlug()
  readonly streamId!: string;
}

/** One stream. */
export class GetStreamAnswered extends StreamSummary {}

export const getStream = query({
  type: 'stream.get',
  contract: GetStream,
  queue: 'status.queries',
  summary: 'One stream: what was asked, and how it is.',
  examples: [{ streamId: 'edge-access' }],
});

export const getStreamAnswered = reply({
  type: 'stream.get.answered',
  contract: GetStreamAnswered,
  from: 'status',
  summary: 'The stream.',
  examples: [streamExample],
});
