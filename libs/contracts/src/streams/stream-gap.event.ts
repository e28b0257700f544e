import { Field, Nested } from '../fields/field.js';
import { subjectOf } from '../leases/lease-key.js';
import { event } from '../registry/definition.js';
import { StreamPosition } from './position.js';
import { StreamReport, reportExample } from './report.js';

/** What the source no longer has. */
export class LostRange {
  @Field('Where reading should have gone on; absent when it had not begun.', { optional: true })
  @Nested(() => StreamPosition)
  readonly from?: StreamPosition;

  @Field('Where reading goes on; absent when the source does not say.', { optional: true })
  @Nested(() => StreamPosition)
  readonly to?: StreamPosition;
}

/** Part of a stream is gone at the source. */
export class StreamGap extends StreamReport {
  @Field('What is missing.')
  @Nested(() => LostRange)
  readonly lost!: LostRange;
}

export const streamGap = event({
  type: 'stream.gap',
  contract: StreamGap,
  from: 'streamer',
  record: true,
  watched: true,
  idOf: (body) => subjectOf(body.key),
  summary: 'The source no longer has what follows the position; what is missing is lost.',
  examples: [
    {
      ...reportExample,
      seq: 121,
      code: 'position-too-old',
      lost: {
        from: { by: 'time', time: 1_763_900_000_000 },
        to: { by: 'time', time: 1_763_950_000_000 },
      },
    },
  ],
});
