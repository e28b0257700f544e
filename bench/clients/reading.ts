import type { LiveQueueName } from '#contracts';

/** What a client reads, and how. */
export interface Reading {
  readonly queue: LiveQueueName;
  /** Deliveries that may be unsettled at once. */
  readonly prefetch: number;
}

/** Whatever is open until `close`. */
export interface Closable {
  close(): Promise<void>;
}
