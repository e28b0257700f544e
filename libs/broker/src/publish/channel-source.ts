import type { BrokerChannel } from '../connection/broker-channel.js';

/** Where whoever publishes gets the channel for it. */
export interface ChannelSource {
  /** Waits for the connection. Throws the signal's reason, or what a live connection refused. */
  channel(signal?: AbortSignal): Promise<BrokerChannel>;
  /** Waits for an alarm of the broker to end. */
  whenUnblocked(signal?: AbortSignal): Promise<void>;
  /** Why nothing can be published now; undefined when nothing is known to be wrong. */
  trouble(): string | undefined;
}
