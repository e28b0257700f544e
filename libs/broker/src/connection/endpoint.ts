import type { SecureContextOptions } from 'node:tls';

/** Where the broker is and how to get in. */
export interface Endpoint {
  /** `amqp://user:password@host:port/vhost` or `amqps://…`. */
  readonly url: string;
  /** Own CA and client certificate for `amqps` (Node's TLS options). */
  readonly tls?: SecureContextOptions;
}

/** The endpoint as it may stand in a log or an error: without the password. */
export function describeEndpoint({ url: text }: Endpoint): string {
  if (!URL.canParse(text)) return '(not a URL)';
  const url = new URL(text);
  const user = url.username === '' ? '' : `${decoded(url.username)}@`;
  const port = url.port || (url.protocol === 'amqps:' ? '5671' : '5672');
  const vhost = url.pathname.length > 1 ? decoded(url.pathname.slice(1)) : '/';
  return `${url.protocol}//${user}${url.hostname}:${port} (vhost ${vhost})`;
}

/** The user that the broker knows a URL by; undefined when it names none. What is no URL is said of when it is connected to. */
export function userOf(url: string): string | undefined {
  return decoded(URL.parse(url)?.username ?? '') || undefined;
}

/** The password of a URL as the broker knows it; '' when it has none. */
export function passwordOf(url: string): string {
  return decoded(URL.parse(url)?.password ?? '');
}

/** What is percent-encoded UTF-8 is decoded; any other percent sign stands for itself. */
function decoded(part: string): string {
  return part.replaceAll(/(?:%[\da-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}
