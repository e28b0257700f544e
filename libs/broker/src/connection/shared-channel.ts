import { DependencyUnavailableError } from '#contracts';
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

  /** @param open opens a channel and prepares it (what it consumes, for example); waited for no longer than its signal allows. */
  constructor(
    private readonly link: ConnectionLink,
    private readonly open: (
      connection: LiveConnection,
      signal: AbortSignal,
    ) => Promise<BrokerChannel>,
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
    const opening = connection.tasks.run('open the shared channel', async (task) => {
      try {
        this.current = await task.wait(this.open(connection, task.signal));
        done.open();
      } catch (error) {
        done.fail(error);
      } finally {
        this.opening = undefined;
      }
    });
    if (opening === undefined) {
      throw new DependencyUnavailableError('this process opens no channel any more');
    }
    return { connection, done };
  }
}
