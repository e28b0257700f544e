import { randomUUID } from 'node:crypto';
import type { FreshBroker } from '../../../tools/testing/servers.ts';

/** What the tests ask of RabbitMQ's management API. */
export class Management {
  constructor(private readonly server: Pick<FreshBroker, 'managementUrl' | 'vhost'>) {}

  /** Limits the length of queues whose name matches, beside what they were declared with. */
  async limitLength(pattern: string, messages: number): Promise<void> {
    const { vhost } = this.server;
    await this.send('PUT', `policies/${vhost}/${randomUUID()}`, {
      pattern,
      definition: { 'max-length': messages },
      'apply-to': 'queues',
    });
  }

  /** A user who may do what the patterns allow; returns the URL to connect as that user. */
  async userWho(
    amqpUrl: string,
    may: { readonly configure: string; readonly write: string; readonly read: string },
  ): Promise<{ url: string; forget: () => Promise<void> }> {
    const name = `test-${randomUUID()}`;
    await this.send('PUT', `users/${name}`, { password: name, tags: '' });
    await this.send('PUT', `permissions/${this.server.vhost}/${name}`, may);
    const url = new URL(amqpUrl);
    url.username = name;
    url.password = name;
    return { url: url.href, forget: () => this.send('DELETE', `users/${name}`) };
  }

  private async send(method: string, resource: string, body?: object): Promise<void> {
    const url = new URL(`/api/${resource}`, this.server.managementUrl);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`,
        'content-type': 'application/json',
      },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) {
      throw new Error(`${method} ${url.href}: ${response.status} ${await response.text()}`);
    }
  }
}
