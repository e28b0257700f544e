import { describeEndpoint, type Endpoint } from './endpoint.js';

interface Advice {
  readonly sign: RegExp;
  readonly what: string;
  readonly todo: string;
}

const ADVICE: readonly Advice[] = [
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
    // After the login the broker says no to the vhost, and amqplib drops what it said.
    sign: /got <ConnectionClose|NOT[_-]ALLOWED|\b530\b/,
    what: 'the vhost does not exist, this user has no permission on it, or its connections are limited',
    todo: '`rabbitmqctl add_vhost NAME`, or log in as a user of deploy/rabbitmq/definitions.json (docs/operations.md, "Broker users")',
  },
  {
    sign: /ETIMEDOUT|timed? ?out|EHOSTUNREACH|ENETUNREACH/i,
    what: 'no answer in time',
    todo: 'check the network and firewalls between here and the broker',
  },
  {
    sign: /certificate|self-signed|\b(TLS|SSL)|ERR_SSL/i,
    what: 'TLS could not be set up',
    todo: 'check the CA and client certificate files, and that amqps:// meets a TLS port (5671)',
  },
  {
    sign: /closed abruptly|ECONNRESET|Frame size|Invalid frame/,
    what: 'whatever listens there does not speak AMQP, or was stopping',
    todo: 'check the port in AMQP_URL: 5672 for amqp://, 5671 for amqps://; 15672 is the management page',
  },
];

/** One sentence for a person at night: what failed, where, and what to do. */
export function connectAdvice(endpoint: Endpoint, error: unknown): string {
  const text = messageOf(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = ADVICE.find(({ sign }) => sign.test(`${code} ${text}`));
  const why = known === undefined ? text : `${known.what}; ${known.todo}`;
  return `cannot connect to RabbitMQ at ${describeEndpoint(endpoint)}: ${why}`;
}

/** What became of a connection that worked. */
export function lossReport(endpoint: Endpoint, error: unknown): string {
  const why = error === undefined ? 'it was closed' : messageOf(error);
  return `the connection to RabbitMQ at ${describeEndpoint(endpoint)} was lost: ${why}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
