import type { Ending, Mark } from './mark.js';

/** Who holds a lease: one lease channel of one process, and the request that it was granted for. */
export interface Owner {
  readonly instanceId: string;
  readonly requestId: string;
  readonly sinceMs: number;
}

/**
 * The recorded ownership of a piece of work: what a chunk and a stream have in common.
 *
 * ```
 *              recorded                      acquire (S4)
 *   (nothing) ──────────▶ QUEUED, epoch e ───────────────▶ OWNED, epoch e
 *                          │   ▲   │                        │  │   └ resume (S8): the same epoch, the next
 *                          │   │   └ due: it is offered (S3)│  │     instance of the same process
 *                          │   └── epoch + 1: expired, ─────┘  │ last outcome; stream stopped or failed (S5)
 *                          │       released, unknown (S7)      │ expired, released, unknown, and marked (S7)
 *                          ▼ marked (S6)                       ▼ the fifth owner in a row vanished (S10)
 *                         CLOSED ◀─────────────────────────────┘
 *                          └── streams only: a newer start ⇒ QUEUED, epoch + 1 (S2)
 * ```
 *
 * QUEUED: neither `owner` nor `closed`. OWNED: `owner`. CLOSED: `closed`. The epoch only grows (I2).
 */
export interface Lease {
  /** `chunk/<executionId>/<n>` or `stream/<streamId>`. */
  readonly key: string;
  /** From 1. Tells the words of the owner from those of former owners. */
  epoch: number;
  owner: Owner | null;
  /** It is to be offered. The dispatcher clears it when the broker has the offer; a grant and a close clear it too. */
  due: boolean;
  /** What ends it early, if anything. */
  mark: Mark | null;
  /** Streams: the owner is to let go, because a newer start waits. */
  revoked: boolean;
  closed: boolean;
  /** Of a closed lease: how what had no outcome ended; `null` when nothing was without. */
  ending: Ending | null;
  closedAtMs: number | null;
  /** How often in a row an owner, or an offer, vanished (S10). */
  takeovers: number;
}

/** True when that instance owns that epoch: only then does what is said about its end count (S7). */
export function isHeldBy(lease: Lease, epoch: number, instanceId: string): boolean {
  return lease.epoch === epoch && lease.owner?.instanceId === instanceId;
}

/** QUEUED ⇒ OWNED. */
export function grant(lease: Lease, owner: Owner): void {
  lease.owner = owner;
  lease.due = false;
}

/** OWNED ⇒ QUEUED, or QUEUED with its offer lost: the next epoch. Whether it is due is for the caller to say. */
export function vacate(lease: Lease): void {
  lease.epoch += 1;
  lease.owner = null;
  lease.revoked = false;
}

/** ⇒ CLOSED. `ending` says how what has no outcome ends; `null` when nothing is without. */
export function close(lease: Lease, ending: Ending | null, nowMs: number): void {
  lease.owner = null;
  lease.due = false;
  lease.revoked = false;
  lease.closed = true;
  lease.ending = ending;
  lease.closedAtMs = nowMs;
}
