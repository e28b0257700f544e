import type { BrokerChannel } from './broker-channel.js';
import type { ConnectionLink } from './connection-link.js';

/** One channel for many users: opened when first asked for, and again after it was lost. */
export class SharedChannel {
  private opening: Promise<BrokerChannel> | undefined;

  /** @param open opens and prepares a channel (what it consumes, for example). */
  constructor(
    private readonly link: ConnectionLink,
    private readonly open: () => Promise<BrokerChannel>,
  ) {}

  /** The channel, once it is open. Throws the signal's reason, or what a live connection refused. */
  async channel(signal?: AbortSignal): Promise<BrokerChannel> {
    for (;;) {
      const connection = await this.link.whenUp(signal);
      this.opening ??= this.open();
      const opening = this.opening;
      try {
        const channel = await opening;
        if (!channel.lost.aborted) return channel;
      } catch (error) {
        if (!connection.lost.aborted) throw error;
      } finally {
        if ((await isGone(opening)) && this.opening === opening) this.opening = undefined;
      }
    }
  }

  /** Waits while the broker blocks publishers. */
  whenUnblocked(signal?: AbortSignal): Promise<void> {
    return this.link.whenUnblocked(signal);
  }

  /** Closes the channel, if one is open. */
  async close(): Promise<void> {
    const channel = await this.opening?.catch(() => undefined);
    await channel?.close();
  }
}

async function isGone(opening: Promise<BrokerChannel>): Promise<boolean> {
  const channel = await opening.catch(() => undefined);
  return channel === undefined || channel.lost.aborted;
}
