import type { StreamCounters, StreamPosition, StreamSettings, StreamState } from '#contracts';
import type { Lease } from '../leases/lease.js';

/**
 * One followed HTTP response, across reconnects, owners and starts: the lease of it and what its owners said.
 *
 * ```
 *   stream.start ──▶ idle ──grant──▶ acquiring ──the owner says──▶ connecting, streaming, throttled, backoff, draining
 *                    ▲  ▲                │                            │
 *                    │  └── released ────┼────────────────────────────┤
 *                    │      lost ◀─ expired, unknown ─────────────────┤
 *                    └── a newer start ── stopped, failed ◀───────────┘
 * ```
 */
export interface Stream extends Lease {
  readonly kind: 'stream';
  readonly streamId: string;
  /** Counts its starts, from 1. */
  startNumber: number;
  settings: StreamSettings;
  /** Who asked for the newest start. */
  requestedBy: string;
  /** The span that the newest start was recorded in (W3C); offers of it belong to the same trace. */
  traceparent: string | null;
  /** It was started after it was last stopped, and has not ended by itself. */
  wanted: boolean;
  /** Between which times a dated index may be named; from the newest start, so that a redelivery gets the same name. */
  bounds: { readonly from: number; readonly to: number };
  state: StreamState;
  code: string | null;
  reason: string | null;
  position: StreamPosition | null;
  /** Of the epoch `eventEpoch`. */
  counters: StreamCounters;
  /** Of all epochs before. */
  countersBefore: StreamCounters;
  /** Of the last event that counted. */
  eventEpoch: number;
  eventSeq: number;
  changedAtMs: number;
}

/** What a stream begins with. */
export const NOTHING_COUNTED: StreamCounters = {
  documents: 0,
  bytes: 0,
  reconnects: 0,
  rejected: 0,
};

/** The counters of two sets of epochs together. */
export function addCounters(a: StreamCounters, b: StreamCounters): StreamCounters {
  return {
    documents: a.documents + b.documents,
    bytes: a.bytes + b.bytes,
    reconnects: a.reconnects + b.reconnects,
    rejected: a.rejected + b.rejected,
  };
}
