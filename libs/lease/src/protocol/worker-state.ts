import type { Marks } from '../marks.js';

/**
 * What a process knows of its instances and its leases. Plain data: it can be copied, compared and written down, so that the
 * whole of it can be explored state by state.
 */
export interface WorkerState {
  /** The lease channel that lives now; `null` between two. */
  instance: Instance | null;
  /** Work whose offer is in hand, until its lease is answered; by ticket. */
  readonly asks: Map<string, Ask>;
  /** The newest lease of each piece of work, until its run has ended; by key. */
  readonly leases: Map<string, HeldLease>;
  /** Runs of older epochs that were told to end and have not. */
  readonly ending: LeaseRef[];
}

/** A lease channel: its control queue and its replies are consumed. */
export interface Instance {
  readonly id: string;
  /** The record was told of it: from here on it asks for leases. */
  known: boolean;
  /** Leases that it wants to keep and has no answer about; by the request that asks. */
  readonly resuming: Map<string, readonly LeaseRef[]>;
}

/** Somebody waits for the lease of a piece of work. */
export interface Ask {
  readonly ticket: string;
  readonly key: string;
  /** New for each instance; `null` until it asks. Never reused: the record grants to a request of an instance. */
  requestId: string | null;
}

export interface LeaseRef {
  readonly key: string;
  readonly epoch: number;
}

/**
 * ```
 *             channel lost                 grace over, gone, granted anew
 *   held ──────────────────▶ suspended ───────────────────────────────────▶ lost
 *    ▲                          │                                            ▲
 *    └──────────────────────────┘                                            │
 *              resumed                          held ── granted anew ────────┘
 * ```
 */
export type Standing = 'held' | 'suspended' | 'lost';

/** The ownership of one piece of work in one epoch. */
export interface HeldLease extends LeaseRef {
  standing: Standing;
  marks: Marks;
  /** The instances of this process that the record may call the owner: the last that it was confirmed to, then those since. */
  owners: readonly string[];
  /** Who waits for it to begin, while the run of an older epoch ends here; `null` once it has begun. */
  ticket: string | null;
  /** What was said about the work and is not confirmed, in order, by number. */
  readonly unconfirmed: number[];
}

export function newWorkerState(): WorkerState {
  return { instance: null, asks: new Map(), leases: new Map(), ending: [] };
}

/** The lease of that very epoch, while this process holds it, is in doubt about it, or ends its run. */
export function leaseOf({ leases }: WorkerState, { key, epoch }: LeaseRef): HeldLease | undefined {
  const lease = leases.get(key);
  return lease?.epoch === epoch ? lease : undefined;
}

export function isSame(one: LeaseRef, other: LeaseRef): boolean {
  return one.key === other.key && one.epoch === other.epoch;
}
