import type { SecureContextOptions } from 'node:tls';

/** Where the broker is and how to get in. */
export interface Endpoint {
  /** `amqp://user:password@host:port/vhost` or `amqps://…`. */
  readonly url: string;
  /** Own CA and client certificate for `amqps` (Node's TLS options). */
  readonly tls?: SecureContextOptions;
}

/** The endpoint as it may stand in a log or an error: without the password. */
export function describeEndpoint(endpoint: Endpoint): string {
  if (!URL.canParse(endpoint.url)) return '(not a URL)';
  const url = new URL(endpoint.url);
  const user = url.username === '' ? '' : `${url.username}@`;
  const port = url.port || (url.protocol === 'amqps:' ? '5671' : '5672');
  const vhost = url.pathname.length > 1 ? decodeURIComponent(url.pathname.slice(1)) : '/';
  return `${url.protocol}//${user}${url.hostname}:${port} (vhost ${vhost})`;
}
