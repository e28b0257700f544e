import { event } from '../registry/definition.js';
import { IndexBlock } from './index-block.js';

/** An index, or the whole store, takes no documents; they wait. */
export class IndexBlocked extends IndexBlock {}

export const indexBlocked = event({
  type: 'index.blocked',
  contract: IndexBlocked,
  from: 'indexer',
  record: true,
  watched: true,
  idOf: (body) => body.index,
  summary: 'An index, or the whole store, takes no documents; they wait.',
  examples: [
    {
      index: 'edge-access-2025.11.24',
      instanceId: '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1',
      seq: 42,
      reason: 'disk watermark exceeded: index is read-only',
      since: 1_764_000_000_000,
    },
  ],
});
