import { describeEndpoint, type Endpoint } from './endpoint.js';

const ADVICE: readonly { readonly sign: RegExp; readonly what: string; readonly todo: string }[] = [
  {
    sign: /ECONNREFUSED/,
    what: 'nothing listens there',
    todo: 'start RabbitMQ, or point AMQP_URL at it',
  },
  {
    sign: /ENOTFOUND|EAI_AGAIN/,
    what: 'the host name is unknown',
    todo: 'check the host in AMQP_URL',
  },
  {
    sign: /ACCESS[_-]REFUSED|\b403\b/,
    what: 'the user or password was refused',
    todo: 'check the user in AMQP_URL (`rabbitmqctl list_users`); guest may log in from localhost only',
  },
  {
    sign: /NOT[_-]ALLOWED|vhost .*not found|\b530\b/,
    what: 'the vhost does not exist, or the user has no permission on it',
    todo: '`rabbitmqctl add_vhost NAME` and `rabbitmqctl set_permissions -p NAME USER ".*" ".*" ".*"`',
  },
  {
    sign: /ETIMEDOUT|timed? ?out/i,
    what: 'no answer in time',
    todo: 'check the network and firewalls between here and the broker',
  },
  {
    sign: /certificate|self-signed|TLS|SSL/i,
    what: 'TLS could not be set up',
    todo: 'check the CA and client certificate files',
  },
];

/** One sentence for a person at night: what failed, where, and what to do. */
export function connectAdvice(endpoint: Endpoint, error: unknown): string {
  const text = error instanceof Error ? `${error.name} ${error.message}` : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = ADVICE.find(({ sign }) => sign.test(`${code} ${text}`));
  const where = describeEndpoint(endpoint);
  return known === undefined
    ? `cannot connect to RabbitMQ at ${where}: ${text}`
    : `cannot connect to RabbitMQ at ${where}: ${known.what}; ${known.todo}`;
}
