import { randomUUID } from 'node:crypto';
import { eventually } from '../../../tools/testing/eventually.ts';
import type { FreshBroker } from '../../../tools/testing/servers.ts';

/** A queue as the broker has it. */
export interface DeclaredQueue {
  readonly name: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What the tests ask of RabbitMQ's management API. */
export class Management {
  private policies = 0;
  private readonly server: Pick<FreshBroker, 'managementUrl' | 'vhost'>;

  constructor(server: Pick<FreshBroker, 'managementUrl' | 'vhost'>) {
    this.server = server;
  }

  /** Limits the length of queues whose name matches, beside what they were declared with; the last limit counts. */
  async limitLength(pattern: string, messages: number): Promise<void> {
    const { vhost } = this.server;
    this.policies += 1;
    await this.send('PUT', `policies/${vhost}/${randomUUID()}`, {
      pattern,
      definition: { 'max-length': messages },
      priority: this.policies,
      'apply-to': 'queues',
    });
  }

  /** A user who may do what the patterns allow, with a name and a password of which no two are the same; gives the URL to connect as that user. */
  async userWho(
    amqpUrl: string,
    may: { readonly configure: string; readonly write: string; readonly read: string },
    suffix = '',
  ): Promise<{ url: string; name: string; forget: () => Promise<unknown> }> {
    const name = `test-${randomUUID()}${suffix}`;
    const password = `secret-${randomUUID()}${suffix}`;
    const resource = `users/${encodeURIComponent(name)}`;
    await this.send('PUT', resource, { password, tags: '' });
    await this.send('PUT', `permissions/${this.server.vhost}/${encodeURIComponent(name)}`, may);
    const url = new URL(amqpUrl);
    url.username = encodeURIComponent(name);
    url.password = encodeURIComponent(password);
    return { url: url.href, name, forget: () => this.send('DELETE', resource) };
  }

  /** Every queue of the virtual host, as the broker has it. */
  async queues(): Promise<readonly DeclaredQueue[]> {
    const columns = 'name,durable,exclusive,arguments';
    const resource = `queues/${this.server.vhost}?columns=${columns}`;
    return (await this.send('GET', resource)) as DeclaredQueue[];
  }

  /** Closes the connection with this name, as a person would; it takes a few seconds until the broker lists it. */
  async closeConnection(connectionName: string): Promise<void> {
    const { vhost } = this.server;
    const { name } = await eventually('the broker lists the connection', async () => {
      const listed = (await this.send('GET', `vhosts/${vhost}/connections`)) as {
        readonly name: string;
        readonly client_properties: { readonly connection_name?: string };
      }[];
      return listed.find((one) => one.client_properties.connection_name === connectionName);
    });
    await this.send('DELETE', `connections/${encodeURIComponent(name)}`);
  }

  private async send(method: string, resource: string, body?: object): Promise<unknown> {
    const url = new URL(`/api/${resource}`, this.server.managementUrl);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`,
        'content-type': 'application/json',
        // Else a program that has nothing more to do would wait for it.
        connection: 'close',
      },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url.href}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
