import { messageOf } from '#supervisor';

/** Why RabbitMQ's management API does not say what is asked. */
export class ManagementError extends Error {}

/** RabbitMQ's management API of one virtual host, as far as it shows what AMQP does not. It is only read. */
export class Management {
  private readonly base: URL;
  private readonly vhost: string;
  private readonly authorization: string;

  /** @param url with user and password, as in `http://guest:guest@127.0.0.1:15672` */
  constructor(url: string, vhost: string) {
    this.vhost = encodeURIComponent(vhost);
    this.base = new URL(url);
    const { username, password } = this.base;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    this.base.username = '';
    this.base.password = '';
  }

  /** Host and port, for people. */
  get where(): string {
    return this.base.host;
  }

  /** What the broker tells of an exchange, a queue, or `NAME/bindings`; nothing where there is no such. Throws `ManagementError`, and the signal's reason. */
  async get(kind: 'exchanges' | 'queues', name: string, signal: AbortSignal): Promise<unknown> {
    try {
      return await this.ask(`${kind}/${this.vhost}/${name}`, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ManagementError) throw error;
      throw new ManagementError(
        `RabbitMQ's management API does not answer at ${this.where}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }

  private async ask(resource: string, signal: AbortSignal): Promise<unknown> {
    const { authorization } = this;
    // An idle connection would hold up the end of the process.
    const headers = { authorization, connection: 'close' };
    const response = await fetch(new URL(`/api/${resource}`, this.base), { headers, signal });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    if (response.status === 404) return undefined;
    throw new ManagementError(
      response.status === 401
        ? `this user may not ask RabbitMQ's management API at ${this.where}`
        : `RabbitMQ's management API at ${this.where} refuses: ${response.status} ${text.slice(0, 200)}`,
    );
  }
}

/** `fetch` says why in the cause of its error; of several addresses, only a code. */
function reasonOf(error: unknown): string {
  const { cause = error } = error as { readonly cause?: unknown };
  return messageOf(cause) || String((cause as { readonly code?: unknown }).code);
}

/** Where the management API most likely is: the same host and user, its usual port. */
export function usualManagementUrl(amqpUrl: string): string {
  const { protocol, username, password, hostname } = new URL(amqpUrl);
  const [scheme, port] = protocol === 'amqps:' ? ['https', 15671] : ['http', 15672];
  return `${scheme}://${username || 'guest'}:${password || 'guest'}@${hostname}:${port}`;
}
