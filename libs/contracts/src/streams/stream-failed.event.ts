import { subjectOf } from '../leases/lease-key.js';
import { event } from '../registry/definition.js';
import { StreamReport, reportExample } from './report.js';

/** A stream cannot be followed. */
export class StreamFailed extends StreamReport {}

export const streamFailed = event({
  type: 'stream.failed',
  contract: StreamFailed,
  from: 'streamer, status',
  record: true,
  watched: true,
  idOf: (body) => subjectOf(body.key),
  summary: 'A stream cannot be followed, and trying again will not help. Closes the stream.',
  examples: [
    {
      ...reportExample,
      seq: 120,
      state: 'failed',
      code: 'http-status',
      reason: 'the source answered 404',
    },
  ],
});
