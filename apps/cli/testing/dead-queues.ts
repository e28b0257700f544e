import { randomUUID } from 'node:crypto';
import { Broker, NO_LOG, declareExchanges, declareQueue, deadLetter } from '#broker';
import { QUEUES, SignalboxError, type ErrorCode, type QueueName } from '#contracts';
import { walkLetters } from '../src/dead/walk-letters.js';
import type { Delivery } from '../src/dead/letter.js';
import { Management } from '../../../tools/servers/management.ts';
import { freshBroker, type FreshBroker } from '../../../tools/testing/servers.ts';

/** A letter as a test wants it. */
export interface WantedLetter {
  readonly id: string;
  /** Default: `status.record`. */
  readonly queue?: string;
  readonly type?: string;
  readonly code?: ErrorCode;
  readonly body?: string;
  readonly failedAt?: number;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** The topology of the mesh on a virtual host of its own, with dead letters that a test puts there. */
export class DeadQueues implements AsyncDisposable {
  private constructor(
    private readonly server: FreshBroker,
    readonly broker: Broker,
  ) {}

  static async declared(): Promise<DeadQueues> {
    const server = await freshBroker();
    const processId = randomUUID();
    const broker = new Broker({ url: server.amqpUrl, service: 'indexer', processId, log: NO_LOG });
    broker.start();
    const channel = await broker.openChannel('consume');
    await declareExchanges(channel);
    for (const name of Object.keys(QUEUES)) await declareQueue(channel, name as QueueName);
    await channel.close();
    return new DeadQueues(server, broker);
  }

  get url(): string {
    return this.server.amqpUrl;
  }

  /** With the management API and the virtual host. */
  get address(): Pick<FreshBroker, 'amqpUrl' | 'managementUrl' | 'vhost'> {
    return this.server;
  }

  /** Lets a queue hold so many messages only; it takes the broker a moment. */
  async limitLength(queue: QueueName, messages: number): Promise<void> {
    const { managementUrl, vhost } = this.server;
    const pattern = `^${queue.replaceAll('.', '\\.')}$`;
    const policy = { vhost, name: randomUUID(), pattern, 'apply-to': 'queues', priority: 1 };
    const definition = { 'max-length': messages };
    const management = new Management(managementUrl);
    await management.loadDefinitions({ policies: [{ ...policy, definition }] });
  }

  /** Deletes a resource as people do, through the management API. */
  async deleteByApi(resource: string): Promise<void> {
    const url = new URL(`/api/${resource}`, this.server.managementUrl);
    const { username, password } = url;
    url.username = url.password = '';
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const headers = { authorization, connection: 'close' };
    const { status } = await fetch(url, { method: 'DELETE', headers });
    if (status !== 204) throw new Error(`${url.href} was not deleted: ${status}`);
  }

  async put(...letters: readonly WantedLetter[]): Promise<void> {
    await Promise.all(letters.map((letter) => this.broker.publisher.send(toMessage(letter))));
  }

  async count(queue: QueueName): Promise<number> {
    const channel = await this.broker.openChannel('consume');
    try {
      return (await channel.raw.checkQueue(queue)).messageCount;
    } finally {
      await channel.close();
    }
  }

  /** Takes all messages out of a queue, the oldest first. */
  async take(queue: QueueName): Promise<readonly Delivery[]> {
    const taken: Delivery[] = [];
    await walkLetters(this.broker, queue, { limit: Infinity }, (page, remove) => {
      page.forEach(remove);
      taken.push(...page);
      return true;
    });
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.close();
    await this.server.drop();
  }
}

function toMessage({ id, headers, body = '{}', ...letter }: WantedLetter) {
  const { queue = 'status.record', type = 'task.run', code = 'internal' } = letter;
  const error = new SignalboxError(code, `because of ${id}`);
  return deadLetter(`${queue}.dead`, Buffer.from(body), {
    type,
    messageId: id,
    appId: 'test',
    headers,
    reason: { queue, error, failedAt: letter.failedAt ?? Date.now() },
  });
}
