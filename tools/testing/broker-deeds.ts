import { once } from 'node:events';
import { connect, type ChannelModel, type ConfirmChannel, type Options } from 'amqplib';

/** How the broker took it: `refused` is 403, the user may not; any other error is thrown. */
export type Taken = 'done' | 'refused';

const ACCESS_REFUSED = 403;

/** What a user of the broker tries to do, each time on a channel of its own, since a refusal costs the channel. */
export class BrokerDeeds implements AsyncDisposable {
  private constructor(private readonly connection: ChannelModel) {}

  /** Logs in; rejects when the broker lets this user not in. */
  static async as(url: string): Promise<BrokerDeeds> {
    return new BrokerDeeds(await connect(url));
  }

  /** Tries something on a channel. */
  async attempt(deed: (channel: ConfirmChannel) => Promise<unknown>): Promise<Taken> {
    const channel = await this.connection.createConfirmChannel();
    const died = once(channel, 'error').then(([error]) => Promise.reject(error as Error));
    died.catch(() => {}); // the deed may be done without
    try {
      await Promise.race([deed(channel), died]);
      await channel.close();
      return 'done';
    } catch (error) {
      if ((error as { code?: unknown }).code === ACCESS_REFUSED) return 'refused';
      throw error;
    }
  }

  /** Tries to publish, until the broker has confirmed it. Rejects when no queue is full but the message is wrong. */
  publish(exchange: string, key: string, properties: Options.Publish = {}): Promise<Taken> {
    return this.attempt(async (channel) => {
      channel.publish(exchange, key, Buffer.from('{}'), properties);
      // A refused publish closes the channel, and that rejects this with less than why.
      await channel.waitForConfirms().catch(() => once(channel, 'error'));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}
