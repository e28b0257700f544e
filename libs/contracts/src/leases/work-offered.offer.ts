import { work } from '../registry/definition.js';
import { parseLeaseKey } from './lease-key.js';
import { LeaseRef } from './lease-state.js';

/** Work is to be had; the lease decides who does it. */
export class WorkOffered extends LeaseRef {}

export const workOffered = work({
  type: 'work.offered',
  contract: WorkOffered,
  queues: ['task-runner.work', 'streamer.work', 'status.record'],
  from: 'status',
  readBy: 'task-runner, streamer; dead-lettered: status',
  queueFor: (body) =>
    parseLeaseKey(body.key)?.kind === 'stream' ? 'streamer.work' : 'task-runner.work',
  summary: 'A chunk or stream waits for an owner. Copies are harmless.',
  examples: [
    { key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1', epoch: 1 },
    { key: 'stream/edge-access', epoch: 3 },
  ],
});
