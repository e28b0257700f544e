import type { Link, Status, Worker } from './parts.ts';

/** A status that has just begun, or begun to consume again. */
export function freshStatus(): Status {
  return {
    isVoid: false,
    stage: 'idle',
    batch: [],
    replies: [],
    term: null,
    offers: [],
    missing: [],
    outbox: [],
    snapshot: null,
  };
}

/** A worker process that has just begun. */
export function freshWorker(): Worker {
  return {
    protocol: { instance: null, asks: [], leases: [], ending: [] },
    requests: 0,
    tickets: [],
    grants: [],
    runs: [],
    life: 'up',
  };
}

/** Its first instance is known to the record, so that nothing is explored but what follows. */
export function knownWorker(id: string): { readonly worker: Worker; readonly link: Link } {
  const worker = { ...freshWorker() };
  worker.protocol.instance = { id, known: true, resuming: [] };
  const channel = {
    id,
    isCut: false,
    isDead: false,
    isListening: true,
    isAnnounced: true,
    isUnanswered: false,
    outbox: [],
    inbox: [],
  };
  return {
    worker,
    link: { instances: 1, channel, ghosts: [], unacked: [], stale: [], isDeaf: false },
  };
}
