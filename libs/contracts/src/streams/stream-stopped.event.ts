import { subjectOf } from '../leases/lease-key.js';
import { event } from '../registry/definition.js';
import { StreamReport, reportExample } from './report.js';

/** A stream was stopped: no socket, nothing unconfirmed, position recorded. */
export class StreamStopped extends StreamReport {}

export const streamStopped = event({
  type: 'stream.stopped',
  contract: StreamStopped,
  from: 'streamer, status',
  record: true,
  watched: true,
  idOf: (body) => subjectOf(body.key),
  summary: 'A stream was stopped: no socket, nothing unconfirmed. Closes the stream.',
  examples: [{ ...reportExample, seq: 120, state: 'stopped' }],
});
