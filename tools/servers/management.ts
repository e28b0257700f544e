/** Where a broker's management API most likely is: the same host and user, its usual port. */
export function managementUrlOf(amqpUrl: string): string {
  const { username, password, hostname } = new URL(amqpUrl);
  return `http://${username || 'guest'}:${password || 'guest'}@${hostname}:15672`;
}

/** RabbitMQ's management API, as far as the tools need it. */
export class Management {
  readonly #base: URL;
  readonly #authorization: string;

  /** @param url with user and password, as in `http://guest:guest@127.0.0.1:15672` */
  constructor(url: string) {
    this.#base = new URL(url);
    const { username, password } = this.#base;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    this.#base.username = '';
    this.#base.password = '';
  }

  /** Creates a virtual host that this user may do everything in; harmless when it exists. */
  async createVhost(name: string): Promise<void> {
    await this.#send('PUT', `vhosts/${encodeURIComponent(name)}`, {});
    const { name: user } = (await this.get('whoami')) as { name: string };
    const all = { configure: '.*', write: '.*', read: '.*' };
    await this.#send('PUT', `permissions/${encodeURIComponent(name)}/${user}`, all);
  }

  /** Deletes a virtual host and everything in it; harmless when it is gone. */
  async deleteVhost(name: string): Promise<void> {
    await this.#send('DELETE', `vhosts/${encodeURIComponent(name)}`);
  }

  /** Loads users, virtual hosts, queues and so on, as RabbitMQ's definitions export has them. */
  async loadDefinitions(definitions: object): Promise<void> {
    await this.#send('POST', 'definitions', definitions);
  }

  /** What the broker tells of a resource, as in `queues/NAME-OF-A-VHOST`. */
  get(resource: string): Promise<unknown> {
    return this.#send('GET', resource);
  }

  async #send(method: string, resource: string, body?: object): Promise<unknown> {
    const url = new URL(`/api/${resource}`, this.#base);
    const response = await fetch(url, {
      method,
      headers: {
        authorization: this.#authorization,
        'content-type': 'application/json',
        // An idle connection would hold up the broker's orderly stop for five seconds.
        connection: 'close',
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (response.ok) return text === '' ? undefined : JSON.parse(text);
    if (response.status === 404 && method === 'DELETE') return undefined;
    throw new Error(
      `RabbitMQ's management API refused ${method} ${url.href}: ${response.status} ${text}`,
    );
  }
}
