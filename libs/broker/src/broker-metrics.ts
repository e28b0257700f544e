import type { DeliveryOutcome } from './delivery/delivery-outcome.js';
import type { ConnectionRole } from './connection/connection-link.js';

/** What the library counts. libs/runtime turns it into Prometheus metrics; without one nothing is counted. */
export interface BrokerMetrics {
  /** A message was handed to the broker for the first time. */
  published(type: string): void;
  /** The broker took responsibility for a message. */
  confirmed(type: string): void;
  /** No queue was there to take a mandatory message. */
  returned(type: string): void;
  /** A publish was repeated: refused (queue full) or its confirm was lost. */
  republished(type: string): void;
  /** A message arrived. */
  delivered(queue: string, type: string): void;
  /** A delivery was settled (or given back by the loss of its channel) after `seconds`. */
  settled(queue: string, outcome: DeliveryOutcome, seconds: number): void;
  /** A message went to the dead-letter queue of `queue` with this error code. */
  dead(queue: string, code: string): void;
  /** A connection came up again after it was lost. */
  reconnected(role: ConnectionRole): void;
  /** The broker blocked the publish connection for this much longer (memory or disk alarm); told about once a second while it lasts. */
  blocked(seconds: number): void;
}

/** Counts nothing. */
export const NO_METRICS: BrokerMetrics = {
  published: () => undefined,
  confirmed: () => undefined,
  returned: () => undefined,
  republished: () => undefined,
  delivered: () => undefined,
  settled: () => undefined,
  dead: () => undefined,
  reconnected: () => undefined,
  blocked: () => undefined,
};
