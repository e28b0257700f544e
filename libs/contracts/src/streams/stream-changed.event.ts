import { subjectOf } from '../leases/lease-key.js';
import { event } from '../registry/definition.js';
import { StreamReport, reportExample } from './report.js';

/** The state of a stream changed. */
export class StreamChanged extends StreamReport {}

export const streamChanged = event({
  type: 'stream.changed',
  contract: StreamChanged,
  from: 'streamer',
  record: true,
  watched: true,
  idOf: (body) => subjectOf(body.key),
  summary: 'The state of a stream changed.',
  examples: [reportExample],
});
