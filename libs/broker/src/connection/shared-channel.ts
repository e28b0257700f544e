import { Gate } from '#supervisor';
import type { BrokerChannel } from './broker-channel.js';
import type { ConnectionLink } from './connection-link.js';
import type { LiveConnection } from './live-connection.js';

interface Opening {
  readonly connection: LiveConnection;
  readonly done: Gate;
}

/** One channel for many users: opened when first asked for, and again after it was lost. */
export class SharedChannel {
  private current: BrokerChannel | undefined;
  private opening: Opening | undefined;

  /** @param open opens a channel and prepares it (what it consumes, for example). */
  constructor(
    private readonly link: ConnectionLink,
    private readonly open: (connection: LiveConnection) => Promise<BrokerChannel>,
  ) {}

  /** The channel, once it is open; callers at the same time share one. Throws the signal's reason, or what a live connection refused. */
  async channel(signal?: AbortSignal): Promise<BrokerChannel> {
    for (;;) {
      if (this.current !== undefined && !this.current.lost.aborted) return this.current;
      const connection = await this.link.whenUp(signal);
      this.opening ??= this.begin(connection);
      const { done, connection: used } = this.opening;
      try {
        await done.wait(signal);
      } catch (error) {
        if (signal?.aborted || !used.lost.aborted) throw error;
      }
    }
  }

  /** Waits while the broker blocks publishers. */
  whenUnblocked(signal?: AbortSignal): Promise<void> {
    return this.link.whenUnblocked(signal);
  }

  /** Why there can be no channel now; undefined when nothing is known to be wrong. */
  trouble(): string | undefined {
    return this.link.trouble();
  }

  private begin(connection: LiveConnection): Opening {
    const done = new Gate();
    this.open(connection).then(
      (channel) => {
        this.current = channel;
        this.opening = undefined;
        done.open();
      },
      (error: unknown) => {
        this.opening = undefined;
        done.fail(error);
      },
    );
    return { connection, done };
  }
}
