import { BROKER_USERS, type BrokerUser } from '#contracts';

/** Where the definitions are, from the root. */
export const BROKER_DEFINITIONS = 'deploy/rabbitmq/definitions.json';

const VHOST = 'signalbox';

/** May do everything in the virtual host, and on the management page; for people who look after the broker. */
const ADMIN = {
  name: 'admin',
  tags: 'administrator',
  permissions: { configure: '.*', write: '.*', read: '.*' },
  topics: [],
} as const;

/**
 * The users of the broker with what each may do, as RabbitMQ loads them. None of them has a password: without one nobody can log in.
 * Whoever starts a broker fills the hashes in.
 */
export function brokerDefinitions(): object {
  const users = [ADMIN, ...BROKER_USERS.map((user) => ({ ...user, tags: '' }))];
  return {
    users: users.map(({ name, tags }) => ({
      name,
      password_hash: '',
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags,
    })),
    vhosts: [{ name: VHOST }],
    permissions: users.map(({ name, permissions }) => ({
      user: name,
      vhost: VHOST,
      ...permissions,
    })),
    topic_permissions: users.flatMap(topicPermissions),
  };
}

function topicPermissions({ name, topics }: Pick<BrokerUser, 'name' | 'topics'>): object[] {
  return topics.map(({ exchange, write, read }) => ({
    user: name,
    vhost: VHOST,
    exchange,
    write,
    read,
  }));
}
