import { event } from '../registry/definition.js';
import { IndexBlock } from './index-block.js';

/** An index, or the whole store, takes documents again. */
export class IndexUnblocked extends IndexBlock {}

export const indexUnblocked = event({
  type: 'index.unblocked',
  contract: IndexUnblocked,
  from: 'indexer',
  record: true,
  watched: true,
  idOf: (body) => body.index,
  summary: 'An index, or the whole store, takes documents again.',
  examples: [
    {
      index: '*',
      instanceId: '7d9f0c52-2a1b-4a0e-8f0f-0c6a51b0d1c3.1',
      seq: 43,
      reason: 'a probe was written',
      since: 1_764_000_060_000,
    },
  ],
});
