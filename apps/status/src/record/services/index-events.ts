import type { IndexBlocked, IndexChanged, IndexUnblocked } from '#contracts';
import type { IndexUpdate } from '../changes.js';
import type { RecordMessage } from '../message.js';
import type { Transition } from '../transition.js';
import type { WorkingSet } from '../working-set.js';

/** What an indexer has done with an index so far. */
export const indexChanged: Transition<IndexChanged> = {
  needs() {},

  apply(set, message) {
    const { index: name, instanceId, seq, written, duplicates, rejected, parked } = message.body;
    const counters = { written, duplicates, rejected, parked };
    update(set, message, { name, instanceId, seq, counters });
  },
};

/** An index takes no documents, or takes them again. */
export const indexBlockChanged: Transition<IndexBlocked | IndexUnblocked> = {
  needs() {},

  apply(set, message) {
    const { index: name, instanceId, seq, reason, since } = message.body;
    const blocked = message.type === 'index.blocked' ? { reason, sinceMs: since } : null;
    update(set, message, { name, instanceId, seq, blocked });
  },
};

function update(set: WorkingSet, { type, body }: RecordMessage, index: IndexUpdate): void {
  const { name, instanceId, seq } = index;
  set.changes.indexes.push(index);
  set.changes.events.push({
    aggregate: `index/${name}/${instanceId}`,
    epoch: 0,
    seq,
    type,
    body,
    superseded: false,
  });
}
