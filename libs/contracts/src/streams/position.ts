import { Field } from '../fields/field.js';
import { IsOneOf, IsText, IsTime, IsWhole } from '../fields/scalars.js';

/** By what a source lets a reader go on where it was. */
export const RESUME_BY = ['event-id', 'bytes', 'time', 'none'] as const;
export type ResumeBy = (typeof RESUME_BY)[number];

/** Where to go on reading. Which fields stand depends on `by`. */
export class StreamPosition {
  @Field('By what the source is resumed.')
  @IsOneOf(RESUME_BY)
  readonly by!: ResumeBy;

  @Field('`event-id`: the last event id; empty after the source reset it.', { optional: true })
  @IsText(4_096)
  readonly eventId?: string;

  @Field('`bytes`: the entity tag that the offset belongs to.', { optional: true })
  @IsText(1_024)
  readonly etag?: string;

  @Field('`bytes`: the first byte not read yet.', { unit: 'bytes', optional: true })
  @IsWhole()
  readonly offset?: number;

  @Field('`time`: the newest time seen, less the overlap.', {
    unit: 'ms since 1970',
    optional: true,
  })
  @IsTime()
  readonly time?: number;

  @Field('`none`: the connection, from 1 in each epoch.', { optional: true })
  @IsWhole(1)
  readonly connection?: number;

  @Field('`none`: the last document of the connection, from 1.', { optional: true })
  @IsWhole()
  readonly ordinal?: number;
}
