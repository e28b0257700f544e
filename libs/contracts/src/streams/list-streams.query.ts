import { IsList } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { MAX_PAGE_ITEMS, Page, PageRequest } from '../fields/page.js';
import { IsOneOf } from '../fields/scalars.js';
import { query, reply } from '../registry/definition.js';
import { STREAM_STATES, type StreamState } from './report.js';
import { StreamSummary, streamExample } from './summary.js';

/** Asks for streams, in the order of their ids. */
export class ListStreams extends PageRequest {
  @Field('Only those in this state.', { optional: true })
  @IsOneOf(STREAM_STATES)
  readonly state?: StreamState;
}

/** A page of streams. */
export class ListStreamsAnswered extends Page {
  @Field('The streams, in the order of their ids.')
  @Nested(() => StreamSummary, 'list')
  @IsList(MAX_PAGE_ITEMS)
  readonly items!: readonly StreamSummary[];
}

export const listStreams = query({
  type: 'stream.list',
  contract: ListStreams,
  queue: 'status.queries',
  summary: 'Streams, in the order of their ids.',
  examples: [{ state: 'failed', limit: 50 }],
});

export const listStreamsAnswered = reply({
  type: 'stream.list.answered',
  contract: ListStreamsAnswered,
  from: 'status',
  summary: 'A page of streams.',
  examples: [{ items: [streamExample] }],
});
