import { subjectOf } from '../leases/lease-key.js';
import { event } from '../registry/definition.js';
import { StreamReport, reportExample } from './report.js';

/** A stream reached a position that is safe to go on from. */
export class StreamCheckpointed extends StreamReport {}

export const streamCheckpointed = event({
  type: 'stream.checkpointed',
  contract: StreamCheckpointed,
  from: 'streamer',
  record: true,
  watched: false,
  idOf: (body) => subjectOf(body.key),
  summary: 'A position that is safe to go on from; at most once a second for each stream.',
  examples: [{ ...reportExample, seq: 119 }],
});
